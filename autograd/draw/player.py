from typing import Any


class Player:
    html = ""


def player(plan: Any, style: Any) -> Any:
    return Player()
