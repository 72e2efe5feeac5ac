"""Writes the golden files of the kind lora: PEFT's LoRA layer, its forward pass and three steps of AdamW.

    git clone https://github.com/huggingface/peft && git -C peft checkout v0.9.0
    python3 make_lora.py peft/src FOLDER

Runs peft.tuners.lora.layer from its source, with PyTorch 1.13 or later. The other packages that PEFT imports
(transformers, accelerate, ...) are replaced by empty ones: the layer uses none of them.
"""
import importlib.abc
import importlib.machinery
import json
import struct
import subprocess
import sys
import types

STUBS = {"transformers", "accelerate", "huggingface_hub", "safetensors", "tqdm", "psutil", "packaging", "yaml"}
SEED = 19


class Stub(types.ModuleType):
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        value = type(name, (), {})
        setattr(self, name, value)
        return value


class StubFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path, target=None):
        if name.split(".")[0] in STUBS:
            return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        module = Stub(spec.name)
        module.__path__ = []
        return module

    def exec_module(self, module):
        pass


source, folder = sys.argv[1:3]
sys.meta_path.insert(0, StubFinder())
sys.path.insert(0, source)

import torch  # noqa: E402
from peft.tuners.lora.layer import Linear  # noqa: E402

COMMIT = subprocess.run(
    ["git", "-C", source, "rev-parse", "HEAD"], capture_output=True, text=True, check=True
).stdout.strip()


def save(name, case, config, tensors, **metadata):
    """One safetensors file, in float32 and bfloat16."""
    header, data = {}, b""
    text = {
        "case": case,
        "config": json.dumps(config),
        "script": "mige-parity/src/test/resources/dev/mige4j/parity/make_lora.py",
        "seed": str(SEED),
        "reference": "huggingface/peft " + COMMIT + ", src/peft/tuners/lora/layer.py",
        "torch": torch.__version__,
    }
    text.update(metadata)
    header["__metadata__"] = text
    order = sorted(tensors, key=lambda key: (-tensors[key].element_size(), key))
    for key in order:
        tensor = tensors[key].detach().contiguous()
        values = tensor.view(torch.int16) if tensor.dtype == torch.bfloat16 else tensor
        raw = values.numpy().tobytes()
        dtype = {torch.float32: "F32", torch.bfloat16: "BF16"}[tensor.dtype]
        header[key] = {"dtype": dtype, "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    head = json.dumps(header).encode()
    head += b" " * (-len(head) % 8)
    with open(folder + "/" + name + ".safetensors", "wb") as file:
        file.write(struct.pack("<Q", len(head)) + head + data)


def lora(base, **adapters):
    """PEFT's layer around a linear one; adapters by name: (rank, alpha)."""
    layer = None
    for name, (rank, alpha) in adapters.items():
        if layer is None:
            layer = Linear(base, name, r=rank, lora_alpha=alpha)
        else:
            layer.update_layer(name, rank, alpha, 0.0, True, False)
    layer.set_adapter(list(adapters))
    return layer


def forward():
    """Two adapters of one layer together, the second at half its strength, in float32 and bfloat16."""
    torch.manual_seed(SEED)
    layer = lora(torch.nn.Linear(16, 24), first=(4, 8), second=(2, 3))
    tensors = {"weights.layer.weight": layer.base_layer.weight, "weights.layer.bias": layer.base_layer.bias}
    for name in ("first", "second"):
        torch.nn.init.normal_(layer.lora_B[name].weight)
        tensors["weights.%s.lora_A" % name] = layer.lora_A[name].weight
        tensors["weights.%s.lora_B" % name] = layer.lora_B[name].weight
    x = torch.randn(2, 3, 16)
    tensors["input.x"] = x
    tensors["output.base"] = layer.base_layer(x)
    tensors["output.delta_weight"] = layer.get_delta_weight("first")
    layer.set_adapter("first")
    tensors["output.first"] = layer(x)
    layer.set_adapter(["first", "second"])
    layer.set_scale("second", 0.5)
    tensors["output.both"] = layer(x)
    tensors = {key: value.detach().clone() for key, value in tensors.items()}  # before they are rounded
    tensors["output.both_bf16"] = layer.to(torch.bfloat16)(x.to(torch.bfloat16))
    config = {"in": 16, "out": 24, "first": {"rank": 4, "alpha": 8, "scale": 1},
              "second": {"rank": 2, "alpha": 3, "scale": 0.5}}
    save("lora_forward", "lora-forward", config, tensors)


def steps():
    """Three steps of AdamW on the adapters of an MLP, as PEFT initializes them; its weights are frozen."""
    torch.manual_seed(SEED)
    fc1 = lora(torch.nn.Linear(12, 20), default=(4, 6))
    fc2 = lora(torch.nn.Linear(20, 8), default=(4, 6))
    layers = {"fc1": fc1, "fc2": fc2}
    parameters, tensors = {}, {}
    for name, layer in layers.items():
        layer.base_layer.requires_grad_(False)
        tensors["weights.%s.weight" % name] = layer.base_layer.weight.clone()
        tensors["weights.%s.bias" % name] = layer.base_layer.bias.clone()
        parameters[name + ".lora_A.weight"] = layer.lora_A["default"].weight
        parameters[name + ".lora_B.weight"] = layer.lora_B["default"].weight
    for key, parameter in parameters.items():
        tensors["input.param." + key] = parameter.clone()
    optimizer = {"lr": 0.01, "betas": [0.9, 0.999], "eps": 1e-8, "weight_decay": 0.01}
    adamw = torch.optim.AdamW(parameters.values(), lr=optimizer["lr"], betas=tuple(optimizer["betas"]),
                              eps=optimizer["eps"], weight_decay=optimizer["weight_decay"])
    for step in range(3):
        x, target = torch.randn(5, 12), torch.randn(5, 8)
        adamw.zero_grad()
        loss = (fc2(torch.nn.functional.gelu(fc1(x))) - target).square().mean()
        loss.backward()
        tensors["input.step%d.x" % step] = x
        tensors["input.step%d.target" % step] = target
        tensors["output.step%d.loss" % step] = loss.detach().reshape(1)
        for key, parameter in parameters.items():
            tensors["output.step%d.grad.%s" % (step, key)] = parameter.grad.clone()
        adamw.step()
        for key, parameter in parameters.items():
            tensors["output.step%d.param.%s" % (step, key)] = parameter.detach().clone()
    config = {"in": 12, "hidden": 20, "out": 8, "rank": 4, "alpha": 6}
    save("lora_steps", "lora-steps", config, tensors, optimizer=json.dumps(optimizer))


forward()
steps()
