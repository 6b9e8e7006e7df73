"""Reads a plain-text drawing as a person does: boxes, and lines from box to arrow."""

UP, DOWN, LEFT, RIGHT = (-1, 0), (1, 0), (0, -1), (0, 1)
LEAVES = {
    **dict.fromkeys("│╎║", (UP, DOWN)),
    **dict.fromkeys("─╌═", (LEFT, RIGHT)),
    "┌": (DOWN, RIGHT),
    "┐": (DOWN, LEFT),
    "└": (UP, RIGHT),
    "┘": (UP, LEFT),
    "├": (UP, DOWN, RIGHT),
    "┤": (UP, DOWN, LEFT),
    "┬": (LEFT, RIGHT, DOWN),
    "┴": (LEFT, RIGHT, UP),
    "┼": (UP, DOWN, LEFT, RIGHT),
}
ARROWS = {"▶": RIGHT, "◀": LEFT, "▲": UP, "▼": DOWN}
STEMS = {"├": RIGHT, "┤": LEFT, "┬": DOWN, "┴": UP, "╟": RIGHT, "╢": LEFT, "╤": DOWN, "╧": UP}


def step(cell, direction):
    return cell[0] + direction[0], cell[1] + direction[1]


class Reader:
    """A drawing's cells, and the boxes about the names of states."""

    def __init__(self, sheet, names):
        rows = sheet.splitlines()
        self.cells = {(r, c): char for r, row in enumerate(rows) for c, char in enumerate(row)}
        self.boxes = {name: self._box(rows, name) for name in names}

    def _box(self, rows, name):
        """The four borders of the box in which a name stands."""
        for r, row in enumerate(rows):
            c = row.find(name)
            while c >= 0:
                found = self._around(r, c, c + len(name) - 1)
                if found:
                    return found
                c = row.find(name, c + 1)
        raise AssertionError(f"no box about {name}")

    def _around(self, r, first, last):
        left = first - 1
        while self.cells.get((r, left)) == " ":
            left -= 1
        right = last + 1
        while self.cells.get((r, right)) == " ":
            right += 1
        top, bottom = r, r
        sides = "│║╎├┤╟╢"
        while self.cells.get((top, left), " ") in sides and self.cells.get((top, right)) in sides:
            top -= 1
        while (
            self.cells.get((bottom, left), " ") in sides
            and self.cells.get((bottom, right)) in sides
        ):
            bottom += 1
        corners = [self.cells.get(at) for at in ((top, left), (top, right), (bottom, left))]
        return (top, bottom, left, right) if corners in (["┌", "┐", "└"], ["╔", "╗", "╚"]) else None

    def state_at(self, cell):
        """The state on whose border a cell lies."""
        for name, (top, bottom, left, right) in self.boxes.items():
            r, c = cell
            if top <= r <= bottom and left <= c <= right:
                return name
        return None

    def edges(self):
        """From each stem of a box along its line to all arrows that it leads to."""
        found = []
        for cell, char in self.cells.items():
            source = self.state_at(cell)
            if source and char in STEMS:
                out = step(cell, STEMS[char])
                if self.state_at(out) is None:
                    found += [(source, target) for target in self._follow(out, STEMS[char])]
        return sorted(found)

    def _follow(self, cell, direction):
        seen, ahead, targets = set(), [(cell, direction)], set()
        while ahead:
            cell, direction = ahead.pop()
            if (cell, direction) in seen:
                continue
            seen.add((cell, direction))
            char = self.cells.get(cell, " ")
            if char in ARROWS:
                assert ARROWS[char] == direction, f"an arrow met from the side at {cell}"
                target = self.state_at(step(cell, direction))
                assert target, f"an arrow at {cell} that points at nothing"
                targets.add(target)
                continue
            if self.state_at(cell):
                continue  # where another edge of the rail begins
            back = (-direction[0], -direction[1])
            assert char in LEAVES, f"a line that ends at {cell} before {char!r}"
            assert back in LEAVES[char], f"a line that meets {char!r} from the side at {cell}"
            on = [direction] if char == "┼" else [way for way in LEAVES[char] if way != back]
            ahead += [(step(cell, way), way) for way in on]
        assert targets, "a line without an arrow"
        return targets
