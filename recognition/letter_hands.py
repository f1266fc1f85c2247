"""The hand of each letter in words, for whoever does not see its drawing, and words to spell for practice."""

from typing import Final

HANDS_IN_WORDS: Final = {
    "A": "A fist with the palm to the camera. The thumb is straight, beside the index finger.",
    "B": "Four straight fingers close together, palm to the camera. The thumb is folded across the palm.",
    "C": "Fingers together and curved, the thumb curved opposite them, as around a glass.",
    "D": "The index finger is straight up. The other fingers are curved, and their tips touch the thumb.",
    "E": "All fingers are bent so that their tips come down to the thumb, which lies across the palm below them.",
    "F": "The tips of index finger and thumb touch in a ring. The other three fingers are straight and apart.",
    "G": "Index finger and thumb point to the side, one above the other. The other fingers are folded.",
    "H": "Index and middle finger point to the side, straight and together. The others are folded under the thumb.",
    "I": "The little finger is straight up. The other fingers are a fist, with the thumb across them.",
    "J": "As I, little finger up, and then drawn through the air: down, and up again in a hook.",
    "K": "Index and middle finger are up and apart, like a V. The tip of the thumb stands between them.",
    "L": "The index finger is straight up, the thumb straight out to the side: a right angle. The others are folded.",
    "M": "A fist with the thumb under three fingers: index, middle and ring finger lie over it.",
    "N": "A fist with the thumb under two fingers: index and middle finger lie over it.",
    "O": "All fingers are curved together, and their tips touch the tip of the thumb in a ring.",
    "P": "As K, turned down: the index finger points forward, the middle finger down, the thumb between them.",
    "Q": "As G, turned down: index finger and thumb point to the floor. The other fingers are folded.",
    "R": "Index and middle finger are up and crossed. The others are folded under the thumb.",
    "S": "A fist with the thumb across the front of the fingers.",
    "T": "A fist with the thumb between index and middle finger, its tip looking out.",
    "U": "Index and middle finger are straight up and together. The others are folded under the thumb.",
    "V": "Index and middle finger are straight up and apart. The others are folded under the thumb.",
    "W": "Index, middle and ring finger are straight up and apart. The thumb holds the little finger down.",
    "X": "A fist with the index finger raised and bent like a hook.",
    "Y": "Thumb and little finger are stretched out to both sides. The three fingers between are folded.",
    "Z": "The index finger points up, the others are folded, and it draws a Z in the air.",
}

WORDS: Final = (
    "ABLE", "AREA", "BABY", "BACK", "BIRD", "BLUE", "BOOK", "BOX", "CAB", "CAKE", "CAT", "CITY", "COFFEE", "COLD",
    "DAY", "DOG", "DUCK", "EGG", "EXAM", "FAMILY", "FISH", "FIVE", "FOX", "FROG", "GAME", "GLAD", "GREEN", "HAND",
    "HAPPY", "HELLO", "HOME", "ICE", "JAM", "JAZZ", "JOY", "JUMP", "KEY", "KIND", "KING", "LEMON", "LIGHT",
    "LOVE", "MAP", "MILK", "MOON", "MUSIC", "NAME", "NIGHT", "OPEN", "ORANGE", "PIZZA", "PLANT", "QUEEN", "QUICK",
    "QUIET", "QUIZ", "RAIN", "READ", "RIVER", "SCHOOL", "SIGN", "SIX", "SUN", "TABLE", "TAXI", "TEN", "THANKS",
    "TREE", "UNDER", "USE", "VERY", "VOICE", "WATER", "WAVE", "WEEK", "WINDOW", "WORD", "YELLOW", "YES", "ZEBRA",
    "ZERO", "ZOO",
)  # fmt: skip
"""Common English words; every letter is in three of them or more (a test counts)."""
