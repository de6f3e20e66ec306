"""Answers questions."""

import json
from dataclasses import dataclass


@dataclass
class Question:
    """What somebody asks."""

    text: str
    budget: int = 2000


class Service:
    """Answers one question at a time."""

    def __init__(self, store):
        self.store = store

    @property
    def ready(self):
        return self.store is not None

    def answer(self, question):
        """Finds passages, packs them, and asks the model."""
        passages = self.store.search(question.text)
        packed = []
        left = question.budget
        for passage in passages:
            if passage.tokens > left:
                continue
            packed.append(passage)
            left -= passage.tokens
        return json.dumps({"passages": [p.citation for p in packed], "left": left})


def main():
    print(Service(None).ready)


if __name__ == "__main__":
    main()
