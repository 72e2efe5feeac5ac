"""Makes dino_training.pth: a checkpoint of DINO's training with a tiny student and teacher. PyTorch 1.13."""
import torch


def state(prefix, bias):
    w, p = 4, 4
    shapes = {
        "cls_token": (1, 1, w), "pos_embed": (1, 5, w), "patch_embed.proj.weight": (w, 3, p, p), "patch_embed.proj.bias": (w,),
        "blocks.0.norm1.weight": (w,), "blocks.0.norm1.bias": (w,), "blocks.0.attn.qkv.weight": (3 * w, w),
        "blocks.0.attn.qkv.bias": (3 * w,), "blocks.0.attn.proj.weight": (w, w), "blocks.0.attn.proj.bias": (w,),
        "blocks.0.norm2.weight": (w,), "blocks.0.norm2.bias": (w,), "blocks.0.mlp.fc1.weight": (8, w), "blocks.0.mlp.fc1.bias": (8,),
        "blocks.0.mlp.fc2.weight": (w, 8), "blocks.0.mlp.fc2.bias": (w,), "norm.weight": (w,), "norm.bias": (w,),
    }
    tensors = {prefix + "backbone." + key: torch.zeros(shape) for key, shape in shapes.items()}
    tensors[prefix + "backbone.norm.bias"] = torch.tensor(bias)  # the feature of every image, as the weight of this norm is 0
    tensors[prefix + "head.last_layer.weight_g"] = torch.ones(2, 1)
    return tensors


torch.save(
    {"student": state("module.", [5.0, 6.0, 7.0, 8.0]), "teacher": state("", [1.0, 2.0, 3.0, 4.0]), "epoch": 100},
    "dino_training.pth",
)
