"""What the tests of mlp.py share: torch autograd on an nn.Sequential with the same weights is the judge."""
import sys

try:
    import torch
except ImportError:
    print("skipped: this test needs PyTorch (Debian package python3-torch)")
    sys.exit(77)
from torch import nn
from torch.nn import functional as F

FUNCTIONS = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "identity": nn.Identity}
LOSSES = {"mse": F.mse_loss, "bce": F.binary_cross_entropy}


def autograd(net, loss, x, y, dtype=torch.float32):
    """ŷ, J, dJ/dŷ and the gradients, by their names in mlp.py."""
    shapes = {name: p.shape for name, p in net.parameters.items()}
    judge = nn.Sequential(
        nn.Linear(shapes["W1"][1], shapes["W1"][0]),
        FUNCTIONS[net.f_function](),
        nn.Linear(shapes["W2"][1], shapes["W2"][0]),
        FUNCTIONS[net.g_function](),
    ).to(dtype)
    for p, name in zip(judge.parameters(), ("W1", "b1", "W2", "b2")):
        p.data = net.parameters[name].to(dtype).clone()
    y_hat = judge(x.to(dtype))
    y_hat.retain_grad()
    J = LOSSES[loss](y_hat, y.to(dtype))
    J.backward()
    gradients = {f"dJd{name}": p.grad for name, p in zip(("W1", "b1", "W2", "b2"), judge.parameters())}
    return {"y_hat": y_hat.detach(), "J": J.detach(), "dJdy_hat": y_hat.grad, **gradients}


def backflow(net, loss, x, y):
    """The same by mlp.py."""
    import mlp

    net.clear_grad_and_cache()
    y_hat = net.forward(x)
    J, dJdy_hat = {"mse": mlp.mse_loss, "bce": mlp.bce_loss}[loss](y, y_hat)
    net.backward(dJdy_hat)
    return {"y_hat": y_hat, "J": J, "dJdy_hat": dJdy_hat, **net.grads}


def distances(net, loss, x, y):
    """L2 norm of each difference between mlp.py and autograd; J and dJ/dŷ are those of the same ŷ. And autograd's
    results, for their sizes."""
    import mlp

    theirs = autograd(net, loss, x, y)
    ours = backflow(net, loss, x, y)
    ours["J"], ours["dJdy_hat"] = {"mse": mlp.mse_loss, "bce": mlp.bce_loss}[loss](y, theirs["y_hat"])
    return {name: float((ours[name] - theirs[name]).norm()) for name in theirs}, theirs


def limit(value):
    """1e-3, and for tensors so large that f32 itself is no better, 1e-6 of their norm."""
    return max(1e-3, 1e-6 * float(value.norm()))
