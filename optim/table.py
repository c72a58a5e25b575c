"""The course's table of the update rules, out of the rules themselves."""

from __future__ import annotations

import html

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

    def _rows(self) -> list[list[str]]:
        """Return the texts of the table, its head first."""
        head = ["", *(name.replace("_", " ") for name in Traits._fields)]
        return [head, *([name, *map(_shown, traits)] for name, traits in self.items())]

    def __str__(self) -> str:
        rows = self._rows()
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ("  ".join(map(_placed, row, widths)) for row in rows)
        return "\n".join(line.rstrip() for line in lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        head, *rows = ("".join(f"<td>{html.escape(text)}</td>" for text in row) for row in self._rows())
        return f"<table><tr>{head.replace('td>', 'th>')}</tr>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"


def _shown(trait: object) -> str:
    return trait if isinstance(trait, str) else "✓" if trait else "✗"


def _placed(text: str, width: int) -> str:
    return text.center(width) if text in ("✓", "✗") else text.ljust(width)


def table() -> Table:
    """Return which rule uses which statistics of the gradients.

    Returns
    -------
    Table
        A dict of name → :class:`~optim.options.Traits`: first moments (a mean of the gradients), second moments (of
        their squares), leaky (the mean of the squares forgets), bias correction (for the first steps, in which means
        that began at 0 are too small), and the paper. Adamax has a leaky maximum of |g| in the place of the second
        moments.

    Examples
    --------
    >>> import optim
    >>> optim.table()
                       first moments  second moments  leaky  bias correction  paper
    SGD                      ✗              ✗           ✗           ✗         Robbins & Monro 1951
    SGD, momentum            ✓              ✗           ✗           ✗         Polyak 1964
    SGD, Nesterov            ✓              ✗           ✗           ✗         Nesterov 1983
    AdaGrad                  ✗              ✓           ✗           ✗         Duchi, Hazan & Singer 2011
    RMSProp                  ✗              ✓           ✓           ✗         Tieleman & Hinton 2012
    RMSProp, momentum        ✓              ✓           ✓           ✗         Graves 2013
    Adadelta                 ✗              ✓           ✓           ✗         Zeiler 2012
    Adam                     ✓              ✓           ✓           ✓         Kingma & Ba 2015
    AMSGrad                  ✓              ✓           ✗           ✓         Reddi et al. 2018
    AdamW                    ✓              ✓           ✓           ✓         Loshchilov & Hutter 2019
    Adamax                   ✓              ✗           ✓           ✓         Kingma & Ba 2015
    NAdam                    ✓              ✓           ✓           ✓         Dozat 2016
    RAdam                    ✓              ✓           ✓           ✓         Liu et al. 2020
    """
    return Table({name: traits for rule in _RULES for name, traits in rule.traits.items()})
