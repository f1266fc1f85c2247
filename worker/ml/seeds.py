"""Random numbers that begin anew with each epoch: one that is taken up after a kill is then what it would have been."""

import keras
import numpy as np


def reseed(model: keras.Model, seed: int) -> None:
    """Set by ``seed`` whatever is drawn from here on, the model's dropout included.

    A layer that drops out keeps a count of its own, which neither a global seed nor a file of weights brings back.
    TensorFlow's draws within a ``tf.function`` follow the seed that is set when the function is traced, and no later
    one: trace it anew.
    """
    keras.utils.set_random_seed(seed)
    random = np.random.default_rng(seed)
    for layer in model._flatten_layers():
        generator = getattr(layer, "seed_generator", None)
        if generator is not None:
            generator.state.assign([int(random.integers(2**31)), 0])
