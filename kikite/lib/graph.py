"""State graphs, declared as data: what must finish has one, and a move that it does not name cannot be made."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class IllegalMove(ValueError):
    """The graph has no such move; the message names both states."""


class Graph[S: StrEnum]:
    """States and the moves between them. Checked when it is declared: no state unreachable, no unknown name."""

    def __init__(self, first: S, moves: Mapping[S, frozenset[S]]) -> None:
        states = set(type(first))
        if set(moves) != states:
            raise TypeError(f"moves are missing for {sorted(states - set(moves))}")
        reached, edge = {first}, [first]
        while edge:
            fresh = moves[edge.pop()] - reached
            reached |= fresh
            edge.extend(fresh)
        if reached != states:
            raise TypeError(f"no way leads from {first} to {sorted(states - reached)}")
        self.first = first
        self.moves = moves

    @property
    def final(self) -> frozenset[S]:
        """States that nothing leaves."""
        return frozenset(state for state, after in self.moves.items() if not after)

    def before(self, state: S) -> list[S]:
        """The states from which `state` can be reached in one move: what an UPDATE may start from."""
        return [before for before, after in self.moves.items() if state in after]

    def check(self, old: S, new: S) -> None:
        """Raises IllegalMove unless the graph has a move from `old` to `new`."""
        if new not in self.moves[old]:
            raise IllegalMove(f"cannot go from {old} to {new}")
