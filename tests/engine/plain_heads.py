"""Where a backward pass written by hand starts: every loss, and the mistakes people make there."""

import numpy as np


def start(run, out):
    """The gradients of the outputs, each rounded to the arithmetic of ``run``."""
    head = run.net.head
    if head.name == "upstream":
        return run.array(head.gradient)
    if head.name == "cross_entropy":
        return of_scores(run, head, out)
    if head.name == "nll":
        return of_logarithms(run, head, out)
    target, forgotten = run.array(head.target), run.mistake == "target_forgotten"
    n = run.number(out.size * run.examples if head.reduction == "mean" else 1)
    g = np.zeros_like(out)
    for at in np.ndindex(out.shape):
        t = run.number(0) if forgotten else target[at]
        g[at] = SLOPES[head.name](run, head, out[at], t) / n
    return -g if run.mistake == "sign_reversed" else g


def square(run, head, x, t):
    return run.number(2) * (x - t)


def distance(run, head, x, t):
    return run.number((x > t) - run.number(x < t))


def logit(run, head, x, t):
    one = run.number(1)
    return one / (one + np.exp(-x)) - t


def probability(run, head, x, t):
    one = run.number(1)
    return (x - t) / max(x * (one - x), run.number(1e-12))


def smooth_l1(run, head, x, t):
    beta, apart = run.number(head.beta), x - t
    return apart / beta if abs(apart) < beta else run.number(np.sign(apart))


def huber(run, head, x, t):
    delta = run.number(head.delta)
    return min(max(x - t, -delta), delta)


SLOPES = {
    "mse": square,
    "l1": distance,
    "binary_cross_entropy_with_logits": logit,
    "binary_cross_entropy": probability,
    "smooth_l1": smooth_l1,
    "huber": huber,
}


def shares_of(run, head, k):
    """How much of the target each class has, a class alone or one of several."""
    if isinstance(head.target, int):
        return [run.number(c == head.target) for c in range(k)]
    return [run.number(share) for share in head.target]


def weights_of(run, head, k):
    return [run.number(1 if head.weight is None else head.weight[c]) for c in range(k)]


def divisor(run, head, weights):
    """A mean over one example: the weight of its class, and 1 where several classes share it."""
    if head.reduction == "mean" and run.mean_over is not None:
        return run.number(run.mean_over)
    if head.reduction == "mean" and isinstance(head.target, int):
        return weights[head.target]
    return run.number(1)


def of_logarithms(run, head, out):
    weights, shares = weights_of(run, head, len(out)), shares_of(run, head, len(out))
    n, g = divisor(run, head, weights), np.zeros_like(out)
    for c in range(len(out)):
        g[c] = -weights[c] * shares[c] / n
    return -g if run.mistake == "sign_reversed" else g


def of_scores(run, head, out):
    k = len(out)
    e = np.zeros_like(out)
    top = max(out)
    for c in range(k):
        e[c] = np.exp(out[c] - top)
    total = run.number(0)
    for c in range(k):
        total = total + e[c]
    p = e / total
    if head.weight is not None or head.label_smoothing or not isinstance(head.target, int):
        return of_shares(run, head, p)
    y = np.zeros_like(p)
    y[head.target] = 1
    wrong = {
        "sign_reversed": y - p,
        "target_forgotten": p,
        "softmax_twice": (p - y) * p * (1 - p),
        "probability_slope": -y / p,
        "other_class": p - np.roll(y, 1),
        "scores_minus_target": out - y,
        "divided_by_classes": (p - y) / k,
    }
    g = wrong.get(run.mistake, p - y)
    return g / run.number(run.examples) if head.reduction == "mean" else g


def of_shares(run, head, p):
    """With weights of classes, label smoothing or a target that is shared out: p·Σq − q."""
    k, smooth = len(p), run.number(head.label_smoothing)
    weights, shares = weights_of(run, head, k), shares_of(run, head, k)
    n, q = divisor(run, head, weights), np.zeros_like(p)
    for c in range(k):
        share = (run.number(1) - smooth) * shares[c] + smooth / run.number(k)
        q[c] = weights[c] * share / n
    together = run.number(0)
    for c in range(k):
        together = together + q[c]
    g = np.zeros_like(p)
    for c in range(k):
        g[c] = p[c] * together - q[c]
    return -g if run.mistake == "sign_reversed" else g
