"""Every metric of a report by its definition, float64: a table of functions of the samples that a row is measured on.

`given` holds float64 arrays: tokens, other_tokens, own_tokens, paired_tokens, halved_tokens [C, m, D]; features, real, trained, other_features,
paired_features [N, d]; logits [N, classes]; labels [N]; blank, blank_tolerance [D]; and the number of prompts. What is
absent is None; a metric that does not apply is None.
"""
import numpy as np
from philox import normal, permutation
from scipy.linalg import eigh, qr, svdvals
from scipy.spatial.distance import cdist, pdist

SEED = 1


def frechet(a, b):
    """|μ₁ − μ₂|² + tr Σ₁ + tr Σ₂ − 2·tr(Σ₁Σ₂)^½ (arXiv 1706.08500). With X = QR centred, the last trace is the sum of
    the singular values of R₁R₂ᵀ, so no matrix is squared and no root is taken."""
    parts = []
    for rows in (a, b):
        centred = (rows - rows.mean(0)) / np.sqrt(len(rows) - 1)
        parts.append((qr(centred, mode="economic")[1], np.sum(centred**2)))
    (r, trace), (s, other) = parts
    return np.sum((a.mean(0) - b.mean(0)) ** 2) + trace + other - 2 * svdvals(r @ s.T).sum()


def frechet_infinity(a, b, prompts):
    """The distance less its bias at N: the mean of its second-order term over what groups of whole rounds of prompts add to
    both sets' moments. In a change H of the covariance it is ½·Σ G_ij²/(m_i m_j (m_i + m_j)); in the mean its square."""
    roots, inverses = [], []
    for rows in (b, a):
        values, vectors = eigh(np.cov(rows.T))
        roots.append((vectors * np.sqrt(values)) @ vectors.T)
        inverses.append((vectors / np.sqrt(values)) @ vectors.T)
    values, axes = eigh(roots[0] @ roots[1] @ roots[1] @ roots[0])
    m = np.sqrt(values)
    weight = 0.5 / (np.outer(m, m) * np.add.outer(m, m))
    return frechet(a, b) - sum(
        bias_of(rows, prompts, turn, weight) for rows, turn in ((a, axes.T @ roots[0]), (b, m[:, None] * (axes.T @ inverses[0])))
    )


def bias_of(rows, prompts, turn, weight):
    cluster = prompts if len(rows) % prompts == 0 else 1
    units = len(rows) // cluster
    groups = min(25, units)
    group = np.empty(units, int)
    group[permutation(["groups", SEED], units)] = np.arange(units) % groups
    centred, total = rows - rows.mean(0), np.cov(rows.T)
    terms = []
    for own in (centred[np.repeat(group, cluster) == g] for g in range(groups)):
        moved = turn @ ((own.T @ own - len(own) * total) / len(rows)) @ turn.T
        terms.append(np.sum((own.sum(0) / len(rows)) ** 2) + np.sum(weight * moved**2))
    return sum(terms) * groups / (groups - 1)


def kernel_distance(a, b, subset=1000):
    """KID (arXiv 1801.01401): the unbiased MMD² under (x·y/d + 1)³, a mean over disjoint random subsets."""
    kernel = lambda x, y: (x @ y.T / x.shape[1] + 1) ** 3
    within = lambda x: (kernel(x, x).sum() - np.trace(kernel(x, x))) / (len(x) * (len(x) - 1))
    size = min(subset, len(a), len(b))
    a, b = a[permutation(["kernel", SEED, "samples"], len(a))], b[permutation(["kernel", SEED, "reference"], len(b))]
    parts = [slice(start, start + size) for start in range(0, min(len(a), len(b)) - size + 1, size)]
    return np.mean([within(a[p]) + within(b[p]) - 2 * kernel(a[p], b[p]).mean() for p in parts])


def sliced_wasserstein(a, b, count=64):
    """√ of the mean squared W2 over random directions (Bonneel et al. 2015); of as many rows, by sorting."""
    assert len(a) == len(b)
    along = normal(["directions", SEED, a.shape[1]], count * a.shape[1]).reshape(count, -1).astype(np.float64)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    return np.sqrt(np.mean((np.sort(a @ along.T, axis=0) - np.sort(b @ along.T, axis=0)) ** 2))


def neighbourhoods(samples, real, k=5, among=2000):
    """Precision and recall (arXiv 1904.06991), density and coverage (arXiv 2002.09797)."""
    samples, real = samples[:among], real[:among]
    radius = lambda rows: np.sort(cdist(rows, rows, "sqeuclidean"), axis=1)[:, k]  # the first one is the row itself
    distances = cdist(samples, real, "sqeuclidean")
    in_real, in_samples = distances <= radius(real), distances <= radius(samples)[:, None]
    precision, recall = in_real.any(1).mean(), in_samples.any(0).mean()
    return {"precision": precision, "recall": recall, "density": in_real.sum() / (k * len(samples)), "coverage": in_real.any(0).mean()}


def nearest_is_first(rows, first, second, among=2000):
    """The share of rows nearer to any of the first set than to any of the second."""
    least = lambda others: cdist(rows[:among], others[:among], "sqeuclidean").min(1)
    return np.mean(least(first) < least(second))


def energy(a, b):
    """The mean over contexts of 2·E|a − b| − E|a − a′| − E|b − b′|, a draw not paired with itself."""
    within = lambda x: cdist(x, x).sum() / (len(x) * (len(x) - 1))
    return np.mean([2 * cdist(x, y).mean() - within(x) - within(y) for x, y in zip(a, b)])


def discrepancy(a, b):
    """The mean over contexts of the unbiased MMD² under five Gaussian kernels about the median distance of b's draws."""
    parts = []
    for x, y in zip(a, b):
        median = np.sqrt(np.median(pdist(y, "sqeuclidean")))
        if median > 0:
            kernel = lambda p, q: np.mean([np.exp(-cdist(p, q, "sqeuclidean") / (2 * (f * median) ** 2)) for f in (0.25, 0.5, 1, 2, 4)], axis=0)
            within = lambda p: (kernel(p, p).sum() - len(p)) / (len(p) * (len(p) - 1))
            parts.append(within(x) + within(y) - 2 * kernel(x, y).mean())
    return np.mean(parts) if parts else None


def inside(points, others, least, k=5):
    """The mean over contexts of the share of points within a ball around any other one, up to its k-th neighbour."""
    radius = lambda y: np.maximum(least, np.sort(cdist(y, y, "sqeuclidean"), axis=1)[:, k])
    return np.mean([(cdist(x, y, "sqeuclidean") <= radius(y)).any(1).mean() for x, y in zip(points, others)])


def in_context(of):
    """Precision or recall in context; balls are not smaller than 0.03 of the teacher's average spread."""

    def measure(given):
        if given.tokens.shape[1] < 16:
            return None
        least = 0.03**2 * np.mean(np.sum((given.other_tokens - given.other_tokens.mean(1, keepdims=True)) ** 2, axis=2))
        return inside(*of(given), least)

    return on("tokens other_tokens", measure)


def dispersion(a, b, kept=slice(None)):
    """Σ tr Cov over Σ tr Cov of contexts."""
    spread = lambda draws: draws[kept].var(axis=1, ddof=1).sum()
    return spread(a) / spread(b) if len(b[kept]) >= 2 and spread(b) > 0 else None


def without_blank(given):
    blank = np.abs(given.other_tokens - given.blank) <= given.blank_tolerance
    return dispersion(given.tokens, given.other_tokens, ~blank.all(axis=(1, 2)))


def pooled(draws):
    return draws.reshape(-1, draws.shape[2])


def on(needs, measure):
    """A metric that is None where one of its needs is."""
    return lambda given: None if any(getattr(given, need) is None for need in needs.split()) else measure(given)


def neighbour(name):
    return on("features real", lambda given: neighbourhoods(given.features, given.real)[name])


to_real = lambda rows, given: frechet(rows, given.real)
metrics = {
    "fd": lambda given: frechet(pooled(given.tokens), pooled(given.other_tokens)) if given.features is None else to_real(given.features, given),
    "fdGap": on("paired_features real", lambda given: to_real(given.features, given) - to_real(given.paired_features, given)),
    "fdRatio": on("paired_features real", lambda given: to_real(given.features, given) / to_real(given.paired_features, given)),
    "fdToTeacher": on("features other_features", lambda given: frechet(given.features, given.other_features)),
    "fdInfinity": on("features real", lambda given: frechet_infinity(given.features, given.real, given.prompts)),
    "kid": on("features real", lambda given: kernel_distance(given.features, given.real)),
    "slicedW2": on("features real", lambda given: sliced_wasserstein(given.features, given.real)),
    **{name: neighbour(name) for name in ("precision", "recall", "density", "coverage")},
    "memorisation": on("features trained real", lambda given: nearest_is_first(given.features, given.trained, given.real)),
    "energyDistance": on("tokens other_tokens", lambda given: energy(given.tokens, given.other_tokens)),
    "energyToOwn": on("tokens own_tokens", lambda given: energy(given.tokens, given.own_tokens)),
    "contextMmd": on("tokens other_tokens", lambda given: discrepancy(given.tokens, given.other_tokens)),
    "contextSlicedW2": on("tokens other_tokens", lambda given: np.mean([sliced_wasserstein(x, y) for x, y in zip(given.tokens, given.other_tokens)])),
    "contextPrecision": in_context(lambda given: (given.tokens, given.other_tokens)),
    "contextRecall": in_context(lambda given: (given.other_tokens, given.tokens)),
    "dispersion": on("tokens other_tokens", lambda given: dispersion(given.tokens, given.other_tokens)),
    "dispersionWithoutBlank": on("tokens other_tokens blank", without_blank),
    "endpointError": on("tokens paired_tokens", lambda given: np.mean(np.sum((given.tokens - given.paired_tokens) ** 2, axis=2))),
    "selfConsistency": on("tokens halved_tokens", lambda given: np.mean(np.sum((given.tokens - given.halved_tokens) ** 2, axis=2))),
    "accuracy": on("logits labels", lambda given: np.mean(given.logits.argmax(1) == given.labels)),
}
ROOTS = ("fd", "fdGap", "fdRatio", "fdToTeacher", "fdInfinity")  # of matrices
