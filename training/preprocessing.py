"""Preprocessing of images, as scikit-learn transformers: fitted on the training split, applied to all.

What scikit-learn has is taken from there: centring and scaling are its ``StandardScaler``, decorrelating its ``PCA``,
whitening its ``PCA(whiten=True)``, and a ``Pipeline`` fits them all on the same split.

>>> import numpy as np
>>> from sklearn.decomposition import PCA
>>> from sklearn.pipeline import make_pipeline
>>> from training import FlattenImages, SubtractMeanImage
>>> rng = np.random.default_rng(0)
>>> images, others = rng.random((200, 3, 4, 4), dtype=np.float32), rng.random((50, 3, 4, 4), dtype=np.float32)
>>> whiten = make_pipeline(SubtractMeanImage(), FlattenImages(), PCA(8, whiten=True)).fit(images)
>>> white = whiten.transform(images)
>>> bool(np.allclose(np.cov(white.T), np.eye(8), atol=1e-4))
True
>>> whiten.transform(others).shape  # by the statistics of the first split
(50, 8)
"""

from __future__ import annotations

import math
from typing import Any, Self

import numpy as np

try:
    from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, OneToOneFeatureMixin, TransformerMixin
    from sklearn.utils.validation import check_is_fitted, validate_data
except ImportError as error:
    raise ImportError("preprocessing needs scikit-learn; install it with: pip install 'seegrad[training]'") from error


class _ImageTransformer(TransformerMixin, BaseEstimator):
    """What takes arrays of examples of any shape, and remembers the shape that it was fitted on."""

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags

    def _fitting(self, X: Any) -> Any:
        X = self._numbers(X, reset=True)
        self.shape_ = X.shape[1:]
        return X

    def _fitted(self, X: Any) -> Any:
        check_is_fitted(self)
        X = self._numbers(X, reset=False)
        if X.shape[1:] != self.shape_:
            raise ValueError(
                f"{type(self).__name__} was fitted on examples of shape {self.shape_}, and these have {X.shape[1:]}"
            )
        return X

    def _numbers(self, X: Any, reset: bool) -> Any:
        return validate_data(self, X, reset=reset, dtype=[np.float64, np.float32], allow_nd=True)


class _Subtract(OneToOneFeatureMixin, _ImageTransformer):
    """What subtracts a mean that was computed of the training split."""

    def fit(self, X: Any, y: Any = None) -> Self:
        """Compute the mean.

        Parameters
        ----------
        X : array of shape (N, …)
            The training split. Float32 and float64 stay what they are; other numbers become float64.
        y : ignored

        Returns
        -------
        self
        """
        X = self._fitting(X)
        # In double precision: a sum of 50,000 float32 numbers has four digits left.
        self.mean_ = X.mean(axis=self._axes(X.ndim), dtype=np.float64, keepdims=True)[0].astype(X.dtype)
        return self

    def transform(self, X: Any) -> Any:
        """Return X minus the mean, of the same shape.

        Raises
        ------
        ValueError
            If the examples do not have the shape of those of the training split.
        """
        X = self._fitted(X)
        return X - self.mean_.astype(X.dtype, copy=False)

    def inverse_transform(self, X: Any) -> Any:
        """Return X plus the mean: the images, to look at."""
        X = self._fitted(X)
        return X + self.mean_.astype(X.dtype, copy=False)

    def _axes(self, ndim: int) -> tuple[int, ...]:
        """Return the axes over which the mean is taken."""
        raise NotImplementedError


class SubtractMeanImage(_Subtract):
    """Subtract the mean image: a number for each pixel and channel.

    It does for images of any shape what ``StandardScaler(with_std=False)`` does for rows.

    Attributes
    ----------
    mean_ : ndarray of the shape of an example
        The mean image of the training split.
    shape_ : tuple of int
        The shape of an example.

    References
    ----------
    Krizhevsky, Sutskever & Hinton, "ImageNet classification with deep convolutional neural networks" (2012).

    Examples
    --------
    >>> import numpy as np
    >>> from training import SubtractMeanImage
    >>> images = np.arange(8.0).reshape(2, 1, 2, 2)
    >>> SubtractMeanImage().fit_transform(images)[0, 0]
    array([[-2., -2.],
           [-2., -2.]])
    """

    def _axes(self, ndim: int) -> tuple[int, ...]:
        return (0,)


class SubtractChannelMean(_Subtract):
    """Subtract the mean of each channel: three numbers for images in colour.

    Parameters
    ----------
    channels : {"first", "last"}, default "first"
        Whether X is (N, C, H, W), or (N, H, W, C).

    Attributes
    ----------
    mean_ : ndarray of shape (C, 1, 1) or (1, 1, C)
        The means of the training split.
    shape_ : tuple of int
        The shape of an example.

    Raises
    ------
    ValueError
        By ``fit``, if `channels` is neither.

    References
    ----------
    Simonyan & Zisserman, "Very deep convolutional networks for large-scale image recognition" (2015).

    Examples
    --------
    >>> import numpy as np
    >>> from training import SubtractChannelMean
    >>> images = np.stack([np.full((5, 32, 32), level) for level in (0.2, 0.4, 0.6)], axis=-1)
    >>> SubtractChannelMean(channels="last").fit(images).mean_
    array([[[0.2, 0.4, 0.6]]])
    """

    def __init__(self, channels: str = "first") -> None:
        self.channels = channels

    def _axes(self, ndim: int) -> tuple[int, ...]:
        if self.channels not in ("first", "last"):
            raise ValueError(f"channels are 'first' or 'last', not {self.channels!r}")
        channel = 1 if self.channels == "first" else ndim - 1
        return tuple(axis for axis in range(ndim) if axis != channel)


class SubtractGreyMean(_Subtract):
    """Subtract the grey mean: one number, the mean of all pixels in all channels.

    Attributes
    ----------
    mean_ : ndarray of shape (1, …, 1)
        The mean of the training split.
    shape_ : tuple of int
        The shape of an example.

    Examples
    --------
    >>> import numpy as np
    >>> from training import SubtractGreyMean
    >>> grey = SubtractGreyMean().fit(np.arange(8.0).reshape(2, 1, 2, 2))
    >>> grey.mean_.item()
    3.5
    """

    def _axes(self, ndim: int) -> tuple[int, ...]:
        return tuple(range(ndim))


class FlattenImages(ClassNamePrefixFeaturesOutMixin, _ImageTransformer):
    """Make a row of each image, (N, …) → (N, D), as ``PCA`` and others want them; and back.

    Attributes
    ----------
    shape_ : tuple of int
        The shape of an example.

    Examples
    --------
    >>> import numpy as np
    >>> from training import FlattenImages
    >>> flatten = FlattenImages().fit(np.zeros((5, 3, 4, 4)))
    >>> rows = flatten.transform(np.zeros((2, 3, 4, 4)))
    >>> rows.shape, flatten.inverse_transform(rows).shape
    ((2, 48), (2, 3, 4, 4))
    """

    def fit(self, X: Any, y: Any = None) -> Self:
        """Remember the shape of the examples.

        Parameters
        ----------
        X : array of shape (N, …)
            The training split.
        y : ignored

        Returns
        -------
        self
        """
        self._fitting(X)
        self._n_features_out = math.prod(self.shape_)
        return self

    def transform(self, X: Any) -> Any:
        """Return X as (N, D).

        Raises
        ------
        ValueError
            If the examples do not have the shape of those of the training split.
        """
        X = self._fitted(X)
        return X.reshape(len(X), -1)

    def inverse_transform(self, X: Any) -> Any:
        """Return rows as images.

        Raises
        ------
        ValueError
            If the rows do not have as many numbers as an image.
        """
        check_is_fitted(self)
        X = np.asarray(X)
        if X.ndim != 2 or X.shape[1] != self._n_features_out:
            raise ValueError(f"rows of images of shape {self.shape_} are (N, {self._n_features_out}), not {X.shape}")
        return X.reshape(-1, *self.shape_)
