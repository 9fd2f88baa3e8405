"""The words: frozen records that pass between the stages; standard library only."""
