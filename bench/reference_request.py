"""Measures the arithmetic that the reference does for one step of an edit, in plain PyTorch with random weights.

As in the reference, every step runs three branches of the denoiser, projects the text to keys and values again, and runs
the image tower on four images and T5 on 256 positions (docs/faithful.md, D). One block of each network is timed and
multiplied by their number; Q-Former, fusion and everything outside the blocks are left out.

Usage: python reference_request.py [threads] [runs] [f32|bf16]
"""
import sys
import time

import torch
import torch.nn.functional as F

THREADS = int(sys.argv[1]) if len(sys.argv) > 1 else 2
RUNS = int(sys.argv[2]) if len(sys.argv) > 2 else 3
DTYPE = torch.bfloat16 if len(sys.argv) > 3 and sys.argv[3] == "bf16" else torch.float32
torch.set_num_threads(THREADS)
torch.manual_seed(0)


def weight(*shape, dtype=DTYPE):
    return (torch.randn(*shape) / shape[1] ** 0.5).to(dtype)


def heads(x, n):
    return x.reshape(x.shape[0], x.shape[1], n, -1).transpose(1, 2).flatten(0, 1)


def attention(q, k, v, n, scale=None, bias=None):
    batch, tokens, _ = q.shape
    q, k, v = heads(q, n), heads(k, n), heads(v, n)
    if bias is None:
        scores = torch.baddbmm(torch.empty(1, 1, 1, dtype=q.dtype), q, k.transpose(1, 2), beta=0, alpha=scale or q.shape[-1] ** -0.5)
    else:
        scores = torch.bmm(q, k.transpose(1, 2)) + bias
    out = torch.bmm(scores.softmax(-1), v)
    return out.reshape(batch, n, tokens, -1).transpose(1, 2).reshape(batch, tokens, -1)


def denoiser_block():
    c, branches, text_tokens = 1152, 3, 60
    qkv, proj, q, kv, out, fc1, fc2 = (weight(a, b) for a, b in (
        (3 * c, c), (c, c), (c, c), (2 * c, c), (c, c), (4 * c, c), (c, 4 * c)))
    b1, b3, b2, b4 = (torch.zeros(n * c, dtype=DTYPE) for n in (1, 3, 2, 4))
    x, text = torch.randn(branches, 1024, c).to(DTYPE), torch.randn(branches, text_tokens, c).to(DTYPE)
    m = torch.randn(branches, 6, c).to(DTYPE).chunk(6, 1)

    def run():
        z = F.layer_norm(x, (c,), eps=1e-6) * (1 + m[1]) + m[0]
        y = x + m[2] * F.linear(attention(*F.linear(z, qkv, b3).chunk(3, -1), 16), proj, b1)
        y = y + F.linear(attention(F.linear(y, q, b1), *F.linear(text, kv, b2).chunk(2, -1), 16), out, b1)
        z = F.layer_norm(y, (c,), eps=1e-6) * (1 + m[4]) + m[3]
        return y + m[5] * F.linear(F.gelu(F.linear(z, fc1, b4), approximate="tanh"), fc2, b1)
    return run


def vision_block():
    w, hidden = 1408, 6144
    qkv, proj, fc1, fc2 = weight(3 * w, w), weight(w, w), weight(hidden, w), weight(w, hidden)
    b3, b1, bh, one = (torch.zeros(n, dtype=DTYPE) for n in (3 * w, w, hidden, w))
    x = torch.randn(4, 257, w).to(DTYPE)

    def run():
        y = x + F.linear(attention(*F.linear(F.layer_norm(x, (w,), one, one), qkv, b3).chunk(3, -1), 16), proj, b1)
        return y + F.linear(F.gelu(F.linear(F.layer_norm(y, (w,), one, one), fc1, bh)), fc2, b1)
    return run


def text_block():
    e, hidden = 4096, 10240
    q, k, v, o, gate, up, down = (weight(a, b) for a, b in ((e, e),) * 4 + ((hidden, e),) * 2 + ((e, hidden),))
    x, bias = torch.randn(1, 256, e).to(DTYPE), torch.randn(64, 256, 256).to(DTYPE)

    def norm(x):
        return (x.float() * torch.rsqrt(x.float().pow(2).mean(-1, keepdim=True) + 1e-6)).to(DTYPE)

    def run():
        h = norm(x)
        y = x + F.linear(attention(F.linear(h, q), F.linear(h, k), F.linear(h, v), 64, bias=bias), o)
        h = norm(y)
        return y + F.linear(F.gelu(F.linear(h, gate), approximate="tanh") * F.linear(h, up), down)
    return run


def seconds(work):
    work()
    measured = []
    for _ in range(RUNS):
        start = time.process_time()
        work()
        measured.append(time.process_time() - start)
    return sorted(measured)[len(measured) // 2]


with torch.no_grad():
    parts = {"denoiser, 3 branches": 28 * seconds(denoiser_block()), "image tower, 4 images": 39 * seconds(vision_block()),
             "T5, 256 positions": 24 * seconds(text_block())}
print(f"PyTorch {torch.__version__}, {THREADS} threads, {DTYPE}: processor seconds of one step: "
      + ", ".join(f"{name} {value:.1f}" for name, value in parts.items()) + f"; in all {sum(parts.values()):.1f}")
