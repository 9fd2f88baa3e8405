"""The budget: how much of a person's time taking evidence may cost."""

from __future__ import annotations

__all__ = ["Budget"]

_BYTES_PER_SECOND = 0.4e9


class Budget:
    """Grows with the time that the user's own code takes, and pays for fingerprints.

    Parameters
    ----------
    share
        Seconds of evidence allowed for each second of user code.
    credit
        Seconds to start with.
    per_statement
        Seconds added for each statement.
    """

    def __init__(self, share: float = 0.05, credit: float = 2.0, per_statement: float = 0.002) -> None:
        self.share = share
        self.per_statement = per_statement
        self.spent = 0.0
        self._credit = credit
        self._rate = _BYTES_PER_SECOND

    def earn(self, elapsed: float) -> None:
        """Add what a statement that ran for `elapsed` seconds allows."""
        self._credit += elapsed * self.share + self.per_statement

    def spend(self, elapsed: float, nbytes: int) -> None:
        """Take off what a fingerprint of `nbytes` bytes cost, and learn how fast they are."""
        self.spent += elapsed
        self._credit -= elapsed
        if nbytes > 2**20 and elapsed > 0:
            self._rate += 0.2 * (nbytes / elapsed - self._rate)

    def allows(self, nbytes: int) -> bool:
        """Say whether a fingerprint of about `nbytes` bytes can be afforded; small ones always."""
        return nbytes < 2**16 or nbytes / self._rate <= max(self._credit, 0.0)
