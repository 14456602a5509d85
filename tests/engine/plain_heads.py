"""Where a backward pass written by hand starts: every loss, and the mistakes people make there."""

import numpy as np


def start(run, out):
    """The gradients of the outputs, each rounded to the arithmetic of ``run``."""
    head = run.net.head
    if head.name == "upstream":
        return run.array(head.gradient)
    if head.name == "cross_entropy":
        return of_classes(run, head.target, out)
    target, forgotten = run.array(head.target), run.mistake == "target_forgotten"
    n = run.number(out.size if head.reduction == "mean" else 1)
    g = np.zeros_like(out)
    for at in np.ndindex(out.shape):
        t = run.number(0) if forgotten else target[at]
        g[at] = SLOPES[head.name](run, head, out[at], t) / n
    return -g if run.mistake == "sign_reversed" else g


def square(run, head, x, t):
    return run.number(2) * (x - t)


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
    "binary_cross_entropy_with_logits": logit,
    "binary_cross_entropy": probability,
    "smooth_l1": smooth_l1,
    "huber": huber,
}


def of_classes(run, target, out):
    e = np.zeros_like(out)
    top = max(out)
    for k in range(len(out)):
        e[k] = np.exp(out[k] - top)
    total = run.number(0)
    for k in range(len(out)):
        total = total + e[k]
    p = e / total
    y = np.zeros_like(p)
    y[target] = 1
    k = len(p)
    wrong = {
        "sign_reversed": y - p,
        "target_forgotten": p,
        "softmax_twice": (p - y) * p * (1 - p),
        "probability_slope": -y / p,
        "other_class": p - np.roll(y, 1),
        "scores_minus_target": out - y,
        "divided_by_classes": (p - y) / k,
    }
    return wrong.get(run.mistake, p - y)
