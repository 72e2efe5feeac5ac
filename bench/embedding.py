"""Embeds images with CLIP ViT-B/32 and DINO ViT-S/16 in plain PyTorch; the counterpart of EmbeddingSpeed.java.

    python embedding.py prepare FOLDER 1000       # makes images of 512 x 512 pixels and random weights
    python embedding.py run FOLDER 2 32           # threads, batch size

Half of the images are PNG, half JPEG. The weights are hub folders, FOLDER/clip and FOLDER/dino, which both programs load.
"""

import json
import os
import sys
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

CLIP = {"mean": (0.48145466, 0.4578275, 0.40821073), "std": (0.26862954, 0.26130258, 0.27577711)}
DINO = {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)}


def prepare(folder, count):
    (folder / "images").mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(1)
    for i in range(count):
        # smooth colours with edges and a little noise, which compress about as photographs do
        coarse = Image.fromarray(random.integers(0, 256, (12, 12, 3), dtype=np.uint8)).resize((512, 512), Image.BICUBIC)
        pixels = np.asarray(coarse).astype(np.int16)
        y, x = np.ogrid[:512, :512]
        cy, cx, r = random.integers(64, 448), random.integers(64, 448), random.integers(40, 160)
        pixels[(y - cy) ** 2 + (x - cx) ** 2 < r * r] //= 2
        pixels += random.integers(-6, 7, pixels.shape, dtype=np.int16)
        image = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
        image.save(folder / "images" / f"{i:05d}.{'png' if i % 2 else 'jpg'}")
    torch.manual_seed(1)
    save(folder / "clip", clip_state(), {"projection_dim": 512, "vision_config": {}, "text_config": {}})
    save(folder / "dino", dino_state(), {"hidden_size": 384, "intermediate_size": 1536, "num_attention_heads": 6})


def save(folder, state, config):
    folder.mkdir(exist_ok=True)
    torch.save(state, folder / "pytorch_model.bin")
    (folder / "config.json").write_text(json.dumps(config))


def norm(state, name, width):
    state[name + ".weight"], state[name + ".bias"] = 1 + 0.1 * torch.randn(width), 0.1 * torch.randn(width)


def linear(state, name, inputs, outputs):
    state[name + ".weight"], state[name + ".bias"] = torch.randn(outputs, inputs) * inputs**-0.5, 0.1 * torch.randn(outputs)


def clip_state():
    state = {"logit_scale": torch.tensor(2.6592)}
    for tower, width in (("vision_model", 768), ("text_model", 512)):
        for i in range(12):
            layer = f"{tower}.encoder.layers.{i}."
            for name in ("q_proj", "k_proj", "v_proj", "out_proj"):
                linear(state, layer + "self_attn." + name, width, width)
            linear(state, layer + "mlp.fc1", width, 4 * width)
            linear(state, layer + "mlp.fc2", 4 * width, width)
            norm(state, layer + "layer_norm1", width)
            norm(state, layer + "layer_norm2", width)
    vision = "vision_model.embeddings."
    state[vision + "class_embedding"] = torch.randn(768)
    state[vision + "patch_embedding.weight"] = torch.randn(768, 3, 32, 32) * (3 * 32 * 32) ** -0.5
    state[vision + "position_embedding.weight"] = torch.randn(50, 768) * 0.1
    norm(state, "vision_model.pre_layrnorm", 768)
    norm(state, "vision_model.post_layernorm", 768)
    state["visual_projection.weight"] = torch.randn(512, 768) * 768**-0.5
    state["text_model.embeddings.token_embedding.weight"] = torch.randn(49408, 512) * 0.1
    state["text_model.embeddings.position_embedding.weight"] = torch.randn(77, 512) * 0.1
    norm(state, "text_model.final_layer_norm", 512)
    state["text_projection.weight"] = torch.randn(512, 512) * 512**-0.5
    return state


def dino_state():
    state = {"embeddings.cls_token": torch.randn(1, 1, 384), "embeddings.position_embeddings": torch.randn(1, 197, 384) * 0.1}
    patch = "embeddings.patch_embeddings.projection."
    state[patch + "weight"], state[patch + "bias"] = torch.randn(384, 3, 16, 16) * (3 * 16 * 16) ** -0.5, 0.1 * torch.randn(384)
    for i in range(12):
        layer = f"encoder.layer.{i}."
        for name in ("query", "key", "value"):
            linear(state, layer + "attention.attention." + name, 384, 384)
        linear(state, layer + "attention.output.dense", 384, 384)
        linear(state, layer + "intermediate.dense", 384, 1536)
        linear(state, layer + "output.dense", 1536, 384)
        norm(state, layer + "layernorm_before", 384)
        norm(state, layer + "layernorm_after", 384)
    norm(state, "layernorm", 384)
    return state


def attention(x, w, q, k, v, out, heads):
    n, t, d = x.shape
    split = lambda y: y.view(n, t, heads, d // heads).transpose(1, 2)
    queries = split(F.linear(x, w[q + ".weight"], w[q + ".bias"]) * (d // heads) ** -0.5)
    keys = split(F.linear(x, w[k + ".weight"], w[k + ".bias"]))
    values = split(F.linear(x, w[v + ".weight"], w[v + ".bias"]))
    scores = (queries @ keys.transpose(2, 3)).softmax(-1)
    return F.linear((scores @ values).transpose(1, 2).reshape(n, t, d), w[out + ".weight"], w[out + ".bias"])


def layer_norm(x, w, name, eps):
    return F.layer_norm(x, x.shape[-1:], w[name + ".weight"], w[name + ".bias"], eps)


def embed_clip(w, images):
    e = "vision_model.embeddings."
    x = F.conv2d(images, w[e + "patch_embedding.weight"], stride=32).flatten(2).transpose(1, 2)
    x = torch.cat([w[e + "class_embedding"].expand(len(x), 1, 768), x], 1) + w[e + "position_embedding.weight"]
    x = layer_norm(x, w, "vision_model.pre_layrnorm", 1e-5)
    for i in range(12):
        layer = f"vision_model.encoder.layers.{i}."
        a = layer + "self_attn."
        y = layer_norm(x, w, layer + "layer_norm1", 1e-5)
        x = x + attention(y, w, a + "q_proj", a + "k_proj", a + "v_proj", a + "out_proj", 12)
        y = layer_norm(x, w, layer + "layer_norm2", 1e-5)
        y = F.linear(y, w[layer + "mlp.fc1.weight"], w[layer + "mlp.fc1.bias"])
        x = x + F.linear(y * torch.sigmoid(1.702 * y), w[layer + "mlp.fc2.weight"], w[layer + "mlp.fc2.bias"])
    return F.linear(layer_norm(x[:, 0], w, "vision_model.post_layernorm", 1e-5), w["visual_projection.weight"])


def embed_dino(w, images):
    patch = "embeddings.patch_embeddings.projection."
    x = F.conv2d(images, w[patch + "weight"], w[patch + "bias"], stride=16).flatten(2).transpose(1, 2)
    x = torch.cat([w["embeddings.cls_token"].expand(len(x), 1, 384), x], 1) + w["embeddings.position_embeddings"]
    for i in range(12):
        layer = f"encoder.layer.{i}."
        a = layer + "attention."
        y = layer_norm(x, w, layer + "layernorm_before", 1e-6)
        x = x + attention(
            y, w, a + "attention.query", a + "attention.key", a + "attention.value", a + "output.dense", 6
        )
        y = layer_norm(x, w, layer + "layernorm_after", 1e-6)
        y = F.gelu(F.linear(y, w[layer + "intermediate.dense.weight"], w[layer + "intermediate.dense.bias"]))
        x = x + F.linear(y, w[layer + "output.dense.weight"], w[layer + "output.dense.bias"])
    return layer_norm(x, w, "layernorm", 1e-6)[:, 0]


def transform(image, size, mean, std):
    w, h = image.size
    w, h = (size, size * h // w) if w <= h else (size * w // h, size)
    image = image.resize((w, h), Image.BICUBIC)
    left, top = round((w - 224) / 2), round((h - 224) / 2)
    pixels = np.asarray(image.crop((left, top, left + 224, top + 224)), dtype=np.float32) / 255
    return torch.from_numpy(((pixels - np.float32(mean)) / np.float32(std)).transpose(2, 0, 1).copy())


class Phases:
    """Elapsed and processor seconds by phase."""

    def __init__(self):
        self.seconds = {}

    def time(self, name, work):
        wall, cpu = time.perf_counter(), time.process_time()
        result = work()
        before = self.seconds.get(name, (0, 0))
        self.seconds[name] = (before[0] + time.perf_counter() - wall, before[1] + time.process_time() - cpu)
        return result


def run(folder, threads, batch_size):
    torch.set_num_threads(threads)
    clip, dino = torch.load(folder / "clip/pytorch_model.bin"), torch.load(folder / "dino/pytorch_model.bin")
    files = sorted((folder / "images").iterdir())
    phases, embeddings = Phases(), ([], [])

    def batch(paths):
        images = phases.time("decode", lambda: [Image.open(path).convert("RGB") for path in paths])
        for_clip = phases.time("prepare", lambda: torch.stack([transform(i, 224, **CLIP) for i in images]))
        for_dino = phases.time("prepare", lambda: torch.stack([transform(i, 256, **DINO) for i in images]))
        embeddings[0].append(phases.time("CLIP", lambda: embed_clip(clip, for_clip)))
        embeddings[1].append(phases.time("DINO", lambda: embed_dino(dino, for_dino)))

    with torch.no_grad():
        batch(files[:batch_size])  # warm-up
        phases.seconds.clear()
        [e.clear() for e in embeddings]
        phases.time("all", lambda: [batch(files[i : i + batch_size]) for i in range(0, len(files), batch_size)])
    for name, values in zip(("clip", "dino"), embeddings):
        torch.cat(values).numpy().tofile(folder / f"{name}.f32")
    for name, (wall, cpu) in phases.seconds.items():
        print(f"pytorch {name} {len(files)} {wall:.2f} {cpu:.2f}", flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "prepare":
        prepare(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        run(Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
