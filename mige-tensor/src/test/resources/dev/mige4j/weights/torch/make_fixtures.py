"""Writes the torch.save fixtures of TorchFileTest and ScriptModuleTest. Needs torch; run in this folder. Values are functions of the index."""
import collections, os, pickle, struct, torch

i = torch.arange(24, dtype=torch.float32)
base = i * 0.37 - 3.1
shared = torch.arange(12, dtype=torch.float32)
state = collections.OrderedDict()
state["f32"] = base.reshape(2, 3, 4)
state["f64"] = base.double()[:6].reshape(2, 3).clone()
state["bf16"] = base.bfloat16().reshape(4, 6)
state["f16"] = torch.tensor([0.0, -0.0, 1.5, 65504.0, 6e-8, -6.1e-5, 0.333, float("inf")], dtype=torch.float16)
state["i64"] = torch.tensor([1, -2, 2 ** 40])
state["i32"] = torch.tensor([[1, -2], [3, 2 ** 30]], dtype=torch.int32)
state["u8"] = torch.tensor([0, 255, 7], dtype=torch.uint8)
state["bool"] = torch.tensor([True, False, True])
state["scalar"] = torch.tensor(2.5)
state["empty"] = torch.empty(0, 3)
state["transposed"] = base.reshape(4, 6).t()
state["every_second"] = shared[1::2]
state["first_half"] = shared[:6]
state["second_half"] = shared[6:].reshape(2, 3)
state["parameter"] = torch.nn.Parameter(base[:5].clone())
state._metadata = collections.OrderedDict([("", {"version": 1})])

p = torch.nn.Parameter(torch.ones(3))
optimizer = torch.optim.AdamW([p], lr=1e-3)
p.sum().backward()
optimizer.step()
full = {"state_dict": state, "state_dict_ema": {"f32": state["f32"] + 1}, "optimizer": optimizer.state_dict(), "scheduler": {"last_epoch": 3}, "epoch": 7, "note": "made here"}

torch.save(full, "zip.pth")
torch.save(full, "legacy.pth", _use_new_zipfile_serialization=False)
torch.save(state, "bare.pth")
torch.save({"a": torch.ones(2, 2), "meta": {"name": "x"}}, "protocol4.pth", pickle_protocol=4)
torch.save({"a": torch.ones(2, 2)}, "protocol5_legacy.pth", pickle_protocol=5, _use_new_zipfile_serialization=False)
torch.save({"state_dict": {"odd": torch.ones(2, dtype=torch.complex64)}}, "complex.pth")


class Evil:
    def __reduce__(self):
        return os.system, ("touch /tmp/mige-pickle-was-run",)


torch.save({"state_dict": {"w": torch.ones(2)}, "hook": Evil()}, "evil.pth")
torch.save({"state_dict": {"w": torch.ones(2)}, "hook": Evil()}, "evil_legacy.pth", _use_new_zipfile_serialization=False)
with open("plain.pkl", "wb") as f:
    pickle.dump({"a": 1}, f, protocol=2)
torch.save(torch.ones(3), "only_a_tensor.pth")
torch.save({"epoch": 3, "name": "nothing here"}, "no_tensors.pth")


class Block(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = torch.nn.Linear(2, 3, bias=False)
        self.fc.weight.data = (base[:6].reshape(3, 2)).half()
        self.register_buffer("transposed", base[6:12].reshape(2, 3).t())

    def forward(self, x):
        return x @ self.transposed


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = torch.nn.Parameter(torch.tensor(2.5))
        self.register_buffer("input_resolution", torch.tensor(224))
        self.blocks = torch.nn.Sequential(Block(), Block())
        self.tied = self.blocks[0]
        self.width: int = 64
        self.sizes: list[int] = [1, 2]

    def forward(self, x):
        return self.blocks(x) * self.scale * torch.tensor([1.0, 2.0]) * self.width * self.sizes[0]


script = torch.jit.script(Model())
torch.jit.save(script, "script.pt")
