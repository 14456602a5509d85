"""Code that exports a model from PyTorch. The page shows these texts, and tests run them."""

SEQUENTIAL = """\
import json, re, torch  # model: a Sequential, x: one example with its batch axis
def layer(m, known="stride padding dilation ceil_mode count_include_pad negative_slope alpha beta \
threshold approximate min_val max_val groups padding_mode output_size divisor_override"):
    kind = re.sub("(?<=[a-z])(?=[A-Z])", "_", type(m).__name__).replace("_LU", "LU").lower()
    plain = [("groups", 1), ("padding_mode", "zeros"), ("divisor_override", None)]
    kept = {k: v for k, v in vars(m).items() if k in known.split() and (k, v) not in plain}
    kept |= {"kernel": m.kernel_size} if "pool" in kind and hasattr(m, "kernel_size") else {}
    return {"type": kind} | kept | {k: v.tolist() for k, v in m.state_dict().items() if v.dim()}
head = {"type": "upstream", "gradient": torch.ones_like(model.eval()(x)[0]).tolist()}
layers = [layer(m) for m in model.modules() if not [*m.children()] and "Dropout" not in str(m)]
json.dump({"input": x[0].tolist(), "layers": layers, "head": head}, open("network.json", "w"))
"""
"""Writes a document of a ``torch.nn.Sequential`` and its input."""

ONNX = 'torch.onnx.export(model.eval(), (x,), "model.onnx", external_data=False)\n'
"""For any other model that is a chain of layers."""
