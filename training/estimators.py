"""Neural networks as scikit-learn estimators: for its pipelines, searches, cross-validation, bagging and voting."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import nn
import optim
from autograd.random import Rng, generator
from nn import functional as F

from .batches import Batches
from .callbacks import EachEpoch
from .evaluation import Loss, bare, predict
from .loop import fit
from .metrics import accuracy, r2
from .stopping import EarlyStopping

try:
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
    from sklearn.model_selection import train_test_split
    from sklearn.utils import check_random_state
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import check_is_fitted, validate_data
except ImportError as missing:
    raise ImportError("the estimators need scikit-learn; install it with: pip install 'seegrad[training]'") from missing

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "relu": nn.ReLU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "leaky_relu": nn.LeakyReLU,
    "elu": nn.ELU,
    "gelu": nn.GELU,
}


def mlp(
    inputs: int,
    outputs: int,
    hidden: Sequence[int] = (100,),
    activation: str = "relu",
    dropout: float = 0.0,
    rng: Rng = None,
) -> nn.Sequential:
    """Return a multi-layer perceptron: linear layers with an activation function, and dropout, between them.

    Parameters
    ----------
    inputs, outputs : int
        How many numbers go in and come out.
    hidden : sequence of int, default (100,)
        The units of each hidden layer.
    activation : {"relu", "tanh", "sigmoid", "leaky_relu", "elu", "gelu"}, default "relu"
        What comes after each hidden layer.
    dropout : float, default 0
        The probability with which a hidden unit is dropped.
    rng : Generator or int, optional
        Of the weights and of dropout; default: the library's generator, see ``autograd.seed``.

    Returns
    -------
    Sequential

    Raises
    ------
    ValueError
        If the activation function is unknown.

    Examples
    --------
    >>> from training.estimators import mlp
    >>> mlp(4, 3, hidden=(8,), activation="tanh", rng=0)
    Sequential(
      (0): Linear(in_features=4, out_features=8, bias=True)
      (1): Tanh()
      (2): Linear(in_features=8, out_features=3, bias=True)
    )
    """
    if activation not in ACTIVATIONS:
        raise ValueError(f"there is no activation {activation!r}; there are {', '.join(ACTIVATIONS)}")
    rng = generator(rng)
    layers: list[nn.Module] = []
    for units in hidden:
        layers += [nn.Linear(inputs, units, rng=rng), ACTIVATIONS[activation]()]
        layers += [nn.Dropout(dropout, rng=rng)] if dropout else []
        inputs = units
    return nn.Sequential(*layers, nn.Linear(inputs, outputs, rng=rng))


class _Neural(BaseEstimator):
    """What both estimators share: their options, and the training."""

    def __init__(
        self,
        module: Callable[..., nn.Module] = mlp,
        *,
        hidden: Sequence[int] = (100,),
        activation: str = "relu",
        dropout: float = 0.0,
        loss: Loss | None = None,
        optimizer: str | Callable[..., optim.Optimizer] = "Adam",
        lr: float = 0.01,
        lr_decay: float = 0.0,
        weight_decay: float = 0.0,
        batch_size: int = 32,
        epochs: int = 50,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        patience: int = 10,
        random_state: Any = None,
        verbose: bool = False,
    ) -> None:
        self.module = module
        self.hidden = hidden
        self.activation = activation
        self.dropout = dropout
        self.loss = loss
        self.optimizer = optimizer
        self.lr = lr
        self.lr_decay = lr_decay
        self.weight_decay = weight_decay
        self.batch_size = batch_size
        self.epochs = epochs
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.random_state = random_state
        self.verbose = verbose

    def _train(self, X: Any, y: Any, outputs: int, loss: Loss, metric: Any, stratify: Any) -> None:
        """Make the model and train it; y are classes, or numbers of shape (N, outputs)."""
        random = check_random_state(self.random_state)
        rng = np.random.default_rng(random.randint(2**31 - 1))
        self.module_ = self._made(X.shape[1], outputs, rng).astype(X.dtype)
        optimizer = self._optimizer(self.module_)
        callbacks: list[Any] = []
        if self.lr_decay:
            callbacks.append(EachEpoch(optim.Scheduler(optimizer, lr=optim.schedules.exponential(self.lr_decay))))
        validate = None
        if self.early_stopping:
            X, X_val, y, y_val = train_test_split(
                X, y, test_size=self.validation_fraction, random_state=random, stratify=stratify
            )
            validate = X_val, y_val
            callbacks.append(EarlyStopping(self.patience))
        batches = Batches(X, y, self.batch_size, rng=rng, dtype=None)
        self.history_ = fit(
            self.module_, self.loss or loss, optimizer, batches, self.epochs,
            validate=validate, metrics=[metric], callbacks=callbacks, progress=self.verbose,
        )  # fmt: skip
        self.module_.zero_grad()  # a model that is done need not carry them along
        self.module_.eval()

    def _made(self, inputs: int, outputs: int, rng: np.random.Generator) -> nn.Module:
        """Call the factory with those of the options that it has parameters for."""
        options = {"hidden": self.hidden, "activation": self.activation, "dropout": self.dropout, "rng": rng}
        known = inspect.signature(self.module).parameters
        takes_all = any(parameter.kind is parameter.VAR_KEYWORD for parameter in known.values())
        given = {name: value for name, value in options.items() if takes_all or name in known}
        made: Any = self.module(inputs, outputs, **given)
        if not isinstance(made, nn.Module):
            raise TypeError(f"module must return a Module, and {self.module!r} returned a {type(made).__name__}")
        return made

    def _optimizer(self, model: nn.Module) -> optim.Optimizer:
        rule: Any = self.optimizer
        if isinstance(rule, str):
            found: Any = getattr(optim, rule, None)
            if not (inspect.isclass(found) and issubclass(found, optim.Optimizer)):
                raise ValueError(f"optim has no optimizer {rule!r}; 'SGD' and 'Adam' are two of those it has")
            rule = found
        options = {"weight_decay": self.weight_decay} if self.weight_decay else {}
        made: optim.Optimizer = rule(model.parameters(), lr=self.lr, **options)
        return made

    def _outputs(self, X: Any) -> Any:
        """Return what the model says of new examples."""
        check_is_fitted(self, "module_")
        return predict(self.module_, validate_data(self, X, dtype=[np.float64, np.float32], reset=False))


class NeuralClassifier(ClassifierMixin, _Neural):
    """A network that is trained to tell classes apart, as an estimator of scikit-learn.

    It computes in the dtype of the examples.

    Parameters
    ----------
    module : callable (inputs, outputs, …) → Module, default mlp
        Makes the model. Of ``hidden``, ``activation``, ``dropout`` and ``rng`` it is given those that it has parameters
        for. X has two axes: for images it begins with ``nn.Unflatten``.
    hidden : sequence of int, default (100,)
        The units of each hidden layer.
    activation : str, default "relu"
        See :func:`training.estimators.mlp`.
    dropout : float, default 0
        The probability with which a hidden unit is dropped.
    loss : callable (outputs, targets) → Tensor, optional
        Default: cross-entropy; the outputs are the scores of the classes.
    optimizer : str or callable, default "Adam"
        A name in :mod:`optim`; or what is called with the parameters, ``lr=``, and ``weight_decay=`` unless that is 0,
        such as ``functools.partial(optim.SGD, momentum=0.9)``.
    lr : float, default 0.01
        The learning rate.
    lr_decay : float, default 0
        k of lr·e^(−kt), t in epochs.
    weight_decay : float, default 0
        The optimiser's L2 strength.
    batch_size : int, default 32
        Examples to a step.
    epochs : int, default 50
        Passes through the data; for the successive halving of scikit-learn the resource.
    early_stopping : bool, default False
        Hold a part of the data back, stop when the loss on it gets no better, and keep the best parameters.
    validation_fraction : float, default 0.1
        Which part.
    patience : int, default 10
        For how many epochs that may last.
    random_state : int, RandomState or None
        Of the weights, the order of the examples, dropout, and the part that is held back.
    verbose : bool, default False
        Whether to show a bar.

    Attributes
    ----------
    classes_ : ndarray of shape (C,)
        The classes.
    module_ : Module
        The trained model.
    history_ : History
        Of its training.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from training import NeuralClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> model = make_pipeline(StandardScaler(), NeuralClassifier(hidden=(16,), random_state=0))
    >>> bool(model.fit(X, y).score(X, y) > 0.95)
    True

    """

    def fit(self, X: Any, y: Any) -> NeuralClassifier:
        """Train a new model.

        Parameters
        ----------
        X : array of shape (N, D)
            The examples.
        y : array of shape (N,)
            Their classes.
        """
        X, y = validate_data(self, X, y, dtype=[np.float64, np.float32])
        check_classification_targets(y)
        self.classes_, numbers = np.unique(y, return_inverse=True)
        stratify = numbers if np.bincount(numbers).min() > 1 else None
        self._train(X, numbers, len(self.classes_), F.cross_entropy, accuracy, stratify)
        return self

    def predict_proba(self, X: Any) -> Any:
        """Return the probability of each class, of shape (N, C): the softmax of the scores."""
        return bare(F.softmax(self._outputs(X).astype(np.float64), axis=1))

    def predict(self, X: Any) -> Any:
        """Return the most likely class of each example, of shape (N,)."""
        best = self._outputs(X).argmax(axis=1)
        return self.classes_[best]


class NeuralRegressor(RegressorMixin, _Neural):
    """A network that is trained to predict numbers, as an estimator of scikit-learn.

    The targets are standardised for the training, and the predictions are put back.

    Parameters
    ----------
    module, hidden, activation, dropout, optimizer, lr, lr_decay, weight_decay, batch_size, epochs, early_stopping, \
validation_fraction, patience, random_state, verbose
        As of :class:`NeuralClassifier`.
    loss : callable (outputs, targets) → Tensor, optional
        Default: the mean squared error. Both are of shape (N, K), the targets standardised.

    Attributes
    ----------
    module_ : Module
        The trained model.
    history_ : History
        Of its training, in standardised targets.

    Examples
    --------
    >>> import numpy as np
    >>> from training import NeuralRegressor
    >>> X = np.random.default_rng(0).normal(size=(200, 2))
    >>> model = NeuralRegressor(hidden=(16,), random_state=0).fit(X, 100 + 20 * np.sin(X[:, 0]))
    >>> bool(model.score(X, 100 + 20 * np.sin(X[:, 0])) > 0.95)
    True
    """

    def fit(self, X: Any, y: Any) -> NeuralRegressor:
        """Train a new model.

        Parameters
        ----------
        X : array of shape (N, D)
            The examples.
        y : array of shape (N,) or (N, K)
            Their targets.
        """
        X, y = validate_data(self, X, y, dtype=[np.float64, np.float32], multi_output=True, y_numeric=True)
        targets = y.reshape(len(y), -1).astype(np.float64)
        self._flat = y.ndim == 1
        self._mean, self._std = targets.mean(axis=0), targets.std(axis=0)
        self._std[self._std == 0] = 1  # targets that are always the same
        self._train(X, (targets - self._mean) / self._std, targets.shape[1], F.mse_loss, r2, None)
        return self

    def predict(self, X: Any) -> Any:
        """Return the predictions, in the shape that the targets had."""
        found = self._outputs(X) * self._std + self._mean
        return found[:, 0] if self._flat else found

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
