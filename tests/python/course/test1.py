import torch
from torch import nn
from torch.nn import functional as F

from mlp import MLP, mse_loss

net = MLP(
    linear_1_in_features=2,
    linear_1_out_features=20,
    f_function="relu",
    linear_2_in_features=20,
    linear_2_out_features=5,
    g_function="identity",
)
x = torch.randn(10, 2)
y = torch.randn(10, 5)

net.clear_grad_and_cache()
y_hat = net.forward(x)
J, dJdy_hat = mse_loss(y, y_hat)
net.backward(dJdy_hat)

judge = nn.Sequential(nn.Linear(2, 20), nn.ReLU(), nn.Linear(20, 5), nn.Identity())
for p, name in zip(judge.parameters(), ("W1", "b1", "W2", "b2")):
    p.data = net.parameters[name]
y_hat_judge = judge(x)
J_judge = F.mse_loss(y_hat_judge, y)
J_judge.backward()

print(bool((y_hat_judge.data - y_hat).norm() < 1e-3))
print(bool((J_judge.data - J).norm() < 1e-3))
for p, name in zip(judge.parameters(), ("W1", "b1", "W2", "b2")):
    print(bool((p.grad - net.grads["dJd" + name]).norm() < 1e-3))
