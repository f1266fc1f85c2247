"""What came of an import, in words: what is new, what is in the set now, and what was not taken, and why."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Final

from worker.ml.importing import Imported
from worker.ml.labels import NAMES
from worker.ml.manifest import Manifest, count_unsigned

_LISTED: Final = 5


def summary(name: str, imported: Imported) -> str:
    """Some lines of text."""
    manifest = imported.manifest
    lines = [f"{name}: {imported.added:,} pictures added, {imported.stored:,} new files."]
    if imported.signed:
        lines.append(f"Of {imported.signed:,} that were there before the signer is known now.")
    if imported.resumed:
        lines.append(f"{imported.resumed:,} had been read before the import was stopped.")
    lines += [*_contents(manifest), *_listed("cannot be read", manifest.unreadable)]
    return "\n".join([*lines, *_listed("passed over", imported.skipped)])


def _contents(manifest: Manifest) -> list[str]:
    counts = manifest.counts_by_class()
    known, signers = {label: count for label, count in counts.items() if count}, manifest.signers
    groups = Counter(entry.group for entry in manifest.entries)
    alike = sum(count for count in groups.values() if count > 1)
    unknown = count_unsigned(manifest.entries)
    said = f"{len(signers)} signers" if len(signers) != 1 else f"one signer, {signers[0]}"
    lines = [
        f"The set now has {len(manifest.entries):,} pictures of {len(known)} classes, "
        f"{min(known.values()):,} to {max(known.values()):,} each, by {said if signers else 'unknown signers'}.",
        f"{alike:,} of them have near-duplicates, in {sum(count > 1 for count in groups.values()):,} groups.",
        f"Fingerprint: {manifest.fingerprint}",
    ]
    if unknown:
        lines.append(
            f"{unknown:,} are of unknown signers: they can be learnt from, and nothing is judged on them. Import them "
            "again and say who signs, and it is noted."
        )
    if len(known) == 1:
        lines.append(f"Nothing can be learnt from one class alone, {NAMES[next(iter(known))]}.")
    elif missing := [NAMES[label] for label, count in counts.items() if not count]:
        lines.append(f"Without any picture: {', '.join(missing)}.")
    return lines


def _listed(words: str, rows: Iterable[tuple[str, str]]) -> list[str]:
    """How many for each reason, and the first few of them."""
    by_reason: dict[str, list[str]] = defaultdict(list)
    for path, reason in rows:
        by_reason[reason].append(path)
    lines = []
    for reason, paths in by_reason.items():
        more = f" and {len(paths) - _LISTED:,} more" if len(paths) > _LISTED else ""
        lines.append(f"{len(paths):,} {words}: {reason} ({', '.join(paths[:_LISTED])}{more})")
    return lines
