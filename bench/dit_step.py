"""Measures one training step of a small denoiser in eager PyTorch, for comparison with DenoiserTrainingStep.java.

Usage: python dit_step.py [threads] [steps] [f32|bf16]
"""
import math
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

THREADS = int(sys.argv[1]) if len(sys.argv) > 1 else 1
STEPS = int(sys.argv[2]) if len(sys.argv) > 2 else 6
BF16 = len(sys.argv) > 3 and sys.argv[3] == "bf16"
torch.set_num_threads(THREADS)
torch.manual_seed(0)
C, DEPTH, HEADS, LATENT, CHANNELS, TEXT_TOKENS, D, BATCH = 256, 10, 4, 16, 8, 64, 256, 32


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Parameter(torch.randn(6, C) / C**0.5)
        self.qkv, self.proj = nn.Linear(C, 3 * C), nn.Linear(C, C)
        self.q, self.kv, self.out = nn.Linear(C, C), nn.Linear(C, 2 * C), nn.Linear(C, C)
        self.fc1, self.fc2 = nn.Linear(C, 4 * C), nn.Linear(4 * C, C)

    def forward(self, x, y, t0, bias):
        b, n, _ = x.shape
        m = (self.table[None] + t0.reshape(b, 6, C)).chunk(6, dim=1)
        z = F.layer_norm(x, (C,), eps=1e-6) * (1 + m[1]) + m[0]
        q, k, v = self.qkv(z).reshape(b, n, 3, HEADS, C // HEADS).permute(2, 0, 3, 1, 4)
        x = x + m[2] * self.proj(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(b, n, C))
        q = self.q(x).reshape(b, n, HEADS, -1).transpose(1, 2)
        k, v = self.kv(y).reshape(b, -1, 2, HEADS, C // HEADS).permute(2, 0, 3, 1, 4)
        x = x + self.out(F.scaled_dot_product_attention(q, k, v, attn_mask=bias).transpose(1, 2).reshape(b, n, C))
        z = F.layer_norm(x, (C,), eps=1e-6) * (1 + m[4]) + m[3]
        return x + m[5] * self.fc2(F.gelu(self.fc1(z), approximate="tanh"))


class Denoiser(nn.Module):
    def __init__(self):
        super().__init__()
        self.patches = nn.Conv2d(2 * CHANNELS, C, 2, 2)
        self.t1, self.t2, self.t0 = nn.Linear(256, C), nn.Linear(C, C), nn.Linear(C, 6 * C)
        self.y1, self.y2 = nn.Linear(D, C), nn.Linear(C, C)
        self.blocks = nn.ModuleList(Block() for _ in range(DEPTH))
        self.table, self.last = nn.Parameter(torch.randn(2, C) / C**0.5), nn.Linear(C, 4 * 2 * CHANNELS)
        self.register_buffer("positions", torch.randn(1, LATENT * LATENT // 4, C))

    def forward(self, x, s, t, y, bias):
        x = self.patches(torch.cat([x, s], 1)).flatten(2).transpose(1, 2) + self.positions
        f = torch.exp(-math.log(10000) * torch.arange(128) / 128)
        a = t[:, None] * f
        te = self.t2(F.silu(self.t1(torch.cat([a.cos(), a.sin()], 1))))
        t0 = self.t0(F.silu(te))
        y = self.y2(F.gelu(self.y1(y), approximate="tanh"))
        for block in self.blocks:
            x = block(x, y, t0, bias)
        shift, scale = (self.table[None] + te[:, None]).chunk(2, 1)
        x = self.last(F.layer_norm(x, (C,), eps=1e-6) * (1 + scale) + shift)
        side = LATENT // 2
        return x.reshape(-1, side, side, 2, 2, 2 * CHANNELS).permute(0, 5, 1, 3, 2, 4).reshape(-1, 2 * CHANNELS, LATENT, LATENT)


beta = torch.linspace(1e-4, 0.02, 1000, dtype=torch.float64)
alphas_cumprod = torch.cumprod(1 - beta, 0)
alphas_cumprod_prev = torch.cat([torch.ones(1, dtype=torch.float64), alphas_cumprod[:-1]])
log_variance = torch.log((beta * (1 - alphas_cumprod_prev) / (1 - alphas_cumprod))[1:])
log_variance = torch.cat([log_variance[:1], log_variance])
coef_clean, coef_noisy = beta * alphas_cumprod_prev.sqrt() / (1 - alphas_cumprod), (1 - alphas_cumprod_prev) * (1 - beta).sqrt() / (1 - alphas_cumprod)


def at(table, t):
    return table[t].float()[:, None, None, None]


def loss_of(model, z, s, y, bias, t, n):
    xt = at(alphas_cumprod.sqrt(), t) * z + at((1 - alphas_cumprod).sqrt(), t) * n
    with torch.autocast("cpu", torch.bfloat16, enabled=BF16):
        prediction = model(xt, s, t.float(), y, bias)
    e, v = prediction.float().chunk(2, 1)
    mse = (n - e).pow(2).mean()
    d = e.detach()
    true_log_variance = at(log_variance, t)
    log = (v + 1) / 2 * at(beta.log(), t) + (1 - (v + 1) / 2) * true_log_variance
    clean = at((1 / alphas_cumprod).sqrt(), t) * xt - at((1 / alphas_cumprod - 1).sqrt(), t) * d
    mean_error = at(coef_clean, t) * z + at(coef_noisy, t) * xt - (at(coef_clean, t) * clean + at(coef_noisy, t) * xt)
    return mse + (0.5 * (-1 + log - true_log_variance + (true_log_variance - log).exp() + mean_error.pow(2) * (-log).exp())).mean() / math.log(2)


model = Denoiser()
ema = [p.detach().clone() for p in model.parameters()]
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, eps=1e-10, weight_decay=0.03, fused=True)
z, s = torch.randn(BATCH, CHANNELS, LATENT, LATENT), torch.randn(BATCH, CHANNELS, LATENT, LATENT)
y = torch.randn(BATCH, TEXT_TOKENS, D)
lengths = torch.tensor([TEXT_TOKENS - i % 32 for i in range(BATCH)])
bias = torch.zeros(BATCH, 1, 1, TEXT_TOKENS).masked_fill((torch.arange(TEXT_TOKENS)[None] >= lengths[:, None])[:, None, None], -math.inf)
t = torch.tensor([1 + i * 31 for i in range(BATCH)])
n = torch.randn_like(z)


def step():
    loss = loss_of(model, z, s, y, bias, t, n)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    torch._foreach_lerp_(ema, [p.detach() for p in model.parameters()], 0.001)
    return loss


for _ in range(2):
    step()
wall, cpu = time.perf_counter(), time.process_time()
for _ in range(STEPS):
    step()
wall, cpu = (time.perf_counter() - wall) / STEPS, (time.process_time() - cpu) / STEPS
print(f"PyTorch {torch.__version__}, {THREADS} threads, {'bf16' if BF16 else 'f32'}, {sum(p.numel() for p in model.parameters())} parameters: "
      f"{cpu * 1000:.0f} CPU ms per step, {wall * 1000:.0f} ms wall clock, {BATCH / cpu:.1f} samples per CPU second")
