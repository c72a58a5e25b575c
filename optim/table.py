"""The course's table of the update rules, out of the rules themselves."""

from __future__ import annotations

from . import adadelta, adagrad, adam, adamax, nadam, radam, rmsprop, sgd
from .options import Traits

_RULES = (
    sgd.SGD,
    adagrad.Adagrad,
    rmsprop.RMSprop,
    adadelta.Adadelta,
    adam.Adam,
    adam.AdamW,
    adamax.Adamax,
    nadam.NAdam,
    radam.RAdam,
)


class Table(dict[str, Traits]):
    """The rules by name, with what each makes of the gradients; shown as a table."""

    def __str__(self) -> str:
        columns = [name.replace("_", " ") for name in Traits._fields]
        width = max(map(len, self))
        lines = [" " * width + "  " + "  ".join(columns)]
        for name, traits in self.items():
            marks = ("✓" if trait else "✗" for trait in traits)
            lines.append(
                name.ljust(width) + "  " + "  ".join(m.center(len(c)) for m, c in zip(marks, columns, strict=True))
            )
        return "\n".join(line.rstrip() for line in lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{name.replace('_', ' ')}</th>" for name in ("rule", *Traits._fields))
        rows = "".join(
            f"<tr><td>{name}</td>" + "".join(f"<td>{'✓' if trait else '✗'}</td>" for trait in traits) + "</tr>"
            for name, traits in self.items()
        )
        return f"<table><tr>{head}</tr>{rows}</table>"


def table() -> Table:
    """Return which rule uses which statistics of the gradients.

    Returns
    -------
    Table
        A dict of name → :class:`~optim.options.Traits`: first moments (a mean of the gradients), second moments (of
        their squares), leaky (the mean of the squares forgets), bias correction (for the first steps, in which means
        that began at 0 are too small).

    Examples
    --------
    >>> import optim
    >>> optim.table()
                   first moments  second moments  leaky  bias correction
    SGD                  ✗              ✗           ✗           ✗
    SGD, momentum        ✓              ✗           ✗           ✗
    SGD, Nesterov        ✓              ✗           ✗           ✗
    AdaGrad              ✗              ✓           ✗           ✗
    RMSProp              ✗              ✓           ✓           ✗
    Adadelta             ✗              ✓           ✓           ✗
    Adam                 ✓              ✓           ✓           ✓
    AdamW                ✓              ✓           ✓           ✓
    Adamax               ✓              ✗           ✓           ✓
    NAdam                ✓              ✓           ✓           ✓
    RAdam                ✓              ✓           ✓           ✓
    """
    return Table({name: traits for rule in _RULES for name, traits in rule.traits.items()})
