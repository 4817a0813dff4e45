"""Small networks of torchvision's architectures, exported by PyTorch: GraphFile computes what PyTorch does."""
import io
import pathlib
import sys
import tempfile
import unittest
import warnings

try:
    import torch
    import torchvision
except ImportError:
    print("skipped: this test needs PyTorch (Debian packages python3-torch and python3-torchvision)")
    sys.exit(77)
import backflow as bf
from torchvision.models import convnext, shufflenetv2, vision_transformer

warnings.filterwarnings("ignore")


def swin():
    from torchvision.models import swin_transformer

    return swin_transformer.SwinTransformer(patch_size=[4, 4], embed_dim=8, depths=[2, 2], num_heads=[2, 4],
                                            window_size=[3, 3], num_classes=10)


def convnext_net():
    blocks = [convnext.CNBlockConfig(8, 16, 1), convnext.CNBlockConfig(16, None, 2)]
    return convnext.ConvNeXt(blocks, num_classes=10)


def vit():
    return vision_transformer.VisionTransformer(image_size=32, patch_size=8, num_layers=2, num_heads=2, hidden_dim=16,
                                                mlp_dim=32, num_classes=10)


def shufflenet():
    return shufflenetv2.ShuffleNetV2([2, 2, 2], [8, 16, 32, 64, 32], num_classes=10)


class TorchvisionExportTest(unittest.TestCase):
    def check(self, make, size=32, opset=14):
        torch.manual_seed(0)
        net = make().eval()
        for tensor in net.state_dict().values():
            if tensor.is_floating_point():  # of a fresh network many are 0 or 1, which hides what they do
                tensor += 0.1 * torch.rand(tensor.shape)
        x = torch.rand(2, 3, size, size)
        file = io.BytesIO()
        torch.onnx.export(net, x, file, opset_version=opset, input_names=["image"], output_names=["logits"])
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "net.onnx"
            path.write_bytes(file.getvalue())
            model = bf.GraphFile(str(path))
        graph = bf.Graph()
        graph.output("y", model.build(graph, {"image": graph.input("x", list(x.shape))})["logits"])
        flow = bf.Flow(graph, bf.Store(), bf.Scheduler(threads=2))
        flow.run(x=x.numpy())
        with torch.no_grad():
            expected = net(x)
        self.assertGreater(float(expected.std()), 1e-3)
        error = (torch.from_numpy(flow.output("y").copy()) - expected).abs().max() / expected.abs().max()
        self.assertLess(float(error), 1e-4)

    def test_swin(self):  # windows that are shifted and padded: ScatterND, Mod, Roll by Slice and Concat
        self.check(swin, size=36)

    def test_convnext(self):
        self.check(convnext_net, size=64)

    def test_vit(self):
        self.check(vit)

    def test_shufflenet(self):
        self.check(shufflenet, size=64)


if __name__ == "__main__":
    unittest.main()
