"""Preprocessing: what plain loops compute, by the statistics of the training split, as scikit-learn expects it."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from training import FlattenImages, SubtractChannelMean, SubtractGreyMean, SubtractMeanImage, digits

RNG = np.random.default_rng(0)
FIRST = RNG.random((40, 3, 4, 5)) + np.arange(3)[:, None, None]
LAST = FIRST.transpose(0, 2, 3, 1)
ALL = [SubtractMeanImage(), SubtractChannelMean(), SubtractChannelMean("last"), SubtractGreyMean(), FlattenImages()]
MEANS = ALL[:-1]


@pytest.mark.parametrize("transformer", ALL, ids=repr)
@pytest.mark.filterwarnings("ignore")  # what the checks of array APIs say when those are not installed
def test_it_is_a_transformer_as_scikit_learn_checks_them(transformer: Any) -> None:
    check_estimator(transformer, on_skip=None)


def test_the_mean_image_is_the_mean_of_each_pixel() -> None:
    means = SubtractMeanImage().fit(FIRST).mean_
    for place in np.ndindex(3, 4, 5):
        assert means[place] == pytest.approx(sum(float(image[place]) for image in FIRST) / 40)


def test_the_mean_of_a_channel_is_over_all_images_and_pixels_wherever_the_channels_are() -> None:
    expected = [sum(float(v) for v in FIRST[:, c].ravel()) / (40 * 20) for c in range(3)]
    first, last = SubtractChannelMean().fit(FIRST), SubtractChannelMean("last").fit(LAST)
    assert (first.mean_.shape, last.mean_.shape) == ((3, 1, 1), (1, 1, 3))
    np.testing.assert_allclose(first.mean_.ravel(), expected)
    np.testing.assert_allclose(last.mean_.ravel(), expected)
    np.testing.assert_allclose(last.transform(LAST), first.transform(FIRST).transpose(0, 2, 3, 1))


def test_the_grey_mean_is_one_number() -> None:
    grey = SubtractGreyMean().fit(FIRST)
    assert grey.mean_.size == 1
    assert grey.mean_.item() == pytest.approx(sum(map(float, FIRST.ravel())) / FIRST.size)


@pytest.mark.parametrize("transformer", MEANS, ids=repr)
def test_the_other_splits_are_changed_by_the_means_of_the_training_split(transformer: Any) -> None:
    training, others = FIRST[:30], FIRST[30:] + 7
    fitted = clone(transformer).fit(training)
    changed = fitted.transform(others)
    np.testing.assert_allclose(changed, others - fitted.mean_)
    assert changed.mean() > 6
    np.testing.assert_allclose(fitted.transform(training).mean(), 0, atol=1e-12)
    np.testing.assert_allclose(fitted.inverse_transform(changed), others)


@pytest.mark.parametrize("transformer", MEANS, ids=repr)
def test_float32_stays_and_its_mean_is_exact(transformer: Any) -> None:
    images = np.full((60_000, 2, 2, 1), 0.1, np.float32)  # summed up in float32: 0.0999…
    fitted = clone(transformer).fit(images)
    assert fitted.mean_.dtype == np.float32
    np.testing.assert_array_equal(fitted.mean_, np.float32(0.1))
    assert fitted.transform(images).dtype == np.float32
    assert fitted.inverse_transform(fitted.transform(images)).dtype == np.float32


@pytest.mark.parametrize("transformer", ALL, ids=repr)
def test_what_is_given_stays_as_it_is(transformer: Any) -> None:
    images = FIRST.copy()
    rows = clone(transformer).fit(images).transform(images)
    rows += 1
    if not isinstance(transformer, FlattenImages):  # whose rows are the images themselves
        np.testing.assert_array_equal(images, FIRST)


def test_rows_of_images_become_images_again() -> None:
    flatten = FlattenImages().fit(FIRST)
    rows = flatten.transform(FIRST)
    for row, image in zip(rows, FIRST, strict=True):
        np.testing.assert_array_equal(row, image.ravel())
    np.testing.assert_array_equal(flatten.inverse_transform(rows), FIRST)
    assert list(flatten.get_feature_names_out()[:2]) == ["flattenimages0", "flattenimages1"]
    with pytest.raises(ValueError, match=r"rows of images of shape \(3, 4, 5\) are \(N, 60\), not \(40, 59\)"):
        flatten.inverse_transform(rows[:, 1:])


@pytest.mark.parametrize("transformer", ALL, ids=repr)
def test_images_of_another_shape_are_refused(transformer: Any) -> None:
    fitted = clone(transformer).fit(FIRST)
    text = rf"{type(fitted).__name__} was fitted on examples of shape \(3, 4, 5\), and these have \(3, 5, 4\)"
    with pytest.raises(ValueError, match=text):
        fitted.transform(FIRST.transpose(0, 1, 3, 2))


def test_channels_are_first_or_last() -> None:
    assert SubtractChannelMean("last").get_params() == {"channels": "last"}
    with pytest.raises(ValueError, match="channels are 'first' or 'last', not 'middle'"):
        SubtractChannelMean("middle").fit(FIRST)


def test_centring_scaling_decorrelating_and_whitening_are_scikit_learns() -> None:
    X, y = digits(images=True)
    training, others = train_test_split(X, test_size=300, stratify=y, random_state=0)
    rows = FlattenImages().fit_transform(training).astype(float)
    centre, scale = StandardScaler(with_std=False), StandardScaler()
    np.testing.assert_allclose(centre.fit_transform(rows), rows - rows.mean(axis=0))
    deviation = rows.std(axis=0)
    scaled = (rows - rows.mean(axis=0)) / np.where(deviation > 0, deviation, 1)
    np.testing.assert_allclose(scale.fit_transform(rows), scaled, atol=1e-9)

    def covariance(Z: Any) -> Any:
        return (Z - Z.mean(axis=0)).T @ (Z - Z.mean(axis=0)) / (len(Z) - 1)

    decorrelated = make_pipeline(SubtractMeanImage(), FlattenImages(), PCA(20, random_state=0)).fit(training)
    found = covariance(decorrelated.transform(training).astype(float))
    np.testing.assert_allclose(found, np.diag(np.diag(found)), atol=1e-5)
    white = make_pipeline(SubtractMeanImage(), FlattenImages(), PCA(20, whiten=True, random_state=0)).fit(training)
    np.testing.assert_allclose(covariance(white.transform(training).astype(float)), np.eye(20), atol=1e-4)
    by_hand = (others - training.mean(axis=0)).reshape(len(others), -1) @ white[-1].components_.T
    by_hand /= np.sqrt(white[-1].explained_variance_)
    np.testing.assert_allclose(white.transform(others), by_hand, atol=1e-4)


def test_a_pipeline_is_searched_through() -> None:
    X, y = digits(images=True)
    steps = make_pipeline(SubtractChannelMean(), FlattenImages(), LogisticRegression(max_iter=500))
    search = GridSearchCV(steps, {"subtractchannelmean__channels": ["first", "last"]}, cv=2).fit(X[:300], y[:300])
    assert search.best_score_ > 0.8


def test_without_scikit_learn_the_rest_can_be_had_and_one_line_says_what_to_install() -> None:
    program = (
        "import sys; sys.modules['sklearn'] = None\n"
        "import training; print(training.Batches.__name__)\n"
        "try: training.SubtractMeanImage\n"
        "except ImportError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    text = "preprocessing needs scikit-learn; install it with: pip install 'seegrad[training]'"
    assert done.stdout.splitlines() == ["Batches", text]


def test_the_package_lists_what_it_has_not_loaded_yet() -> None:
    import training

    assert {"SubtractMeanImage", "preprocessing", "Batches"} <= set(dir(training)) | {"preprocessing"}
    assert training.preprocessing.SubtractMeanImage is training.SubtractMeanImage
    with pytest.raises(AttributeError, match="module 'training' has no attribute 'Nothing'"):
        _ = training.Nothing
