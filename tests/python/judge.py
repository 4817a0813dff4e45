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
    net.clear_grad_and_cache()
    y_hat = net.forward(x)
    J, dJdy_hat = loss_gradients(loss, y, y_hat)
    net.backward(dJdy_hat)
    return {"y_hat": y_hat, "J": J, "dJdy_hat": dJdy_hat, **net.grads}


def loss_gradients(loss, y, y_hat):
    """J and dJ/dŷ by mlp.py."""
    import mlp

    return {"mse": mlp.mse_loss, "bce": mlp.bce_loss}[loss](y, y_hat)


def exact(net, loss, x, y, y_hat):
    """ŷ, J, dJ/dŷ and the gradients in double precision, of which all but ŷ begin with the given one: what f32 code that
    arrived at this ŷ would return if it rounded nothing from there on."""
    p = {name: value.double().requires_grad_() for name, value in net.parameters.items()}
    a1 = FUNCTIONS[net.f_function]()(F.linear(x.double(), p["W1"], p["b1"]))
    z2 = F.linear(a1, p["W2"], p["b2"])
    at = y_hat.detach().double().requires_grad_()
    J = LOSSES[loss](at, y.double())
    J.backward()
    slope = {"relu": (at > 0).double(), "sigmoid": at * (1 - at), "tanh": 1 - at**2, "identity": torch.ones_like(at)}
    gradients = torch.autograd.grad(z2, list(p.values()), (at.grad * slope[net.g_function]).detach())
    outputs = {"y_hat": FUNCTIONS[net.g_function]()(z2).detach(), "J": J.detach(), "dJdy_hat": at.grad}
    return {**outputs, **{f"dJd{name}": g for name, g in zip(p, gradients)}}


def distances(net, loss, x, y):
    """L2 norm of each difference between mlp.py and autograd; J and dJ/dŷ are those of the same ŷ. And the distances
    that are too large.

    A distance of 1e-3 is allowed. Where the values are so large that f32 cannot hold it, both sides are held against
    double precision, each from its own ŷ: mlp.py may be twice as far from it as autograd, whose order of a sum
    depends on the BLAS, or farther as long as it is within 4 eps of f32 times the norm of the result."""
    theirs = autograd(net, loss, x, y)
    ours = backflow(net, loss, x, y)
    y_hats = ours["y_hat"], theirs["y_hat"]
    ours["J"], ours["dJdy_hat"] = loss_gradients(loss, y, theirs["y_hat"])
    apart = {name: float((ours[name] - theirs[name]).norm()) for name in theirs}
    bad = {name: d for name, d in apart.items() if not d < 1e-3}
    if bad:
        for_ours, for_theirs = (exact(net, loss, x, y, y_hat) for y_hat in y_hats)
        for_ours.update({name: for_theirs[name] for name in ("J", "dJdy_hat")})
        for name in list(bad):
            error = float((ours[name] - for_ours[name]).norm())
            units = torch.finfo(torch.float32).eps * float(for_ours[name].norm())
            if error <= max(2 * float((theirs[name] - for_theirs[name]).norm()), 4 * units):
                del bad[name]
    return apart, bad
