#!/usr/bin/env python3
"""Trains on tables, and predicts: tables_program.py PATH-OF-TRAIN PATH-OF-PREDICT
PATH-OF-CLASSIFY."""
import csv
import gzip
import io
import json
import pathlib
import random
import subprocess
import sys
import unittest

from support.dream_runs import png
from support.train_runs import ProgramTest, metrics, sha256


PROGRAMS = {}


def flowers(rows=150, seed=1):
    """Three kinds that a size and a colour tell apart, with gaps, quotes and CRLF."""
    noise = random.Random(seed)
    text = 'size,width,colour,"note, free",kind\r\n'
    for i in range(rows):
        kind = ["daisy", '"lily, ""white"""', "rose"][i % 3]
        width = "" if i % 11 == 0 else f"{noise.gauss(3 - i % 3, 0.2):.3f}"
        text += f'{noise.gauss(5 + 3 * (i % 3), 0.4):.3f},{width},{noise.choice(["red", "blue", "NA"])},"a, ""b""\nc",{kind}\r\n'
    return text


def line(rows=200, seed=1):
    noise = random.Random(seed)
    text = "a;b;y\n"
    for _ in range(rows):
        a, b = noise.gauss(0, 1), noise.uniform(0, 100)
        text += f"{a};{b};{3 * a - 0.5 * b + 1000}\n"
    return text


class Tables(ProgramTest):
    def setUp(self):
        super().setUp()
        self.csv, self.line = self.folder / "flowers.csv", self.folder / "line.csv"
        self.csv.write_text(flowers())
        self.line.write_text(line())

    def plain(self, rows):
        """Lines of another table like that of setUp, without its header and quoted line ends."""
        return [row for row in flowers(rows, 3).replace("\nc", "").split("\r\n")[1:] if row]

    def train(self, *arguments, out="out", data=None, target="kind", status=0):
        command = [self.program, "--data", data or self.csv, *(["--target", target] if target else []), "--batch", 16,
                   "--out", self.folder / out, *arguments]
        return self.ended(command, status)

    def test_a_network_learns_classes(self):
        done = self.train()
        self.assertIn("120 rows of 6 features in 3 classes, 30 to test (a table)", done.stdout)
        self.assertIn("columns: 2 of numbers (1 with gaps), 2 of text; target 'kind': 3 classes", done.stdout)
        self.assertGreater(metrics(self.out)[-1]["test_accuracy"], 0.95)
        again = self.run_train("--eval-only", data=False, hidden=None)
        self.assertIn(f"test accuracy {100 * metrics(self.out)[-1]['test_accuracy']:.2f} %", again.stdout, again)

    def test_a_network_learns_numbers(self):
        done = self.train(data=self.line, target="y")
        self.assertIn("160 rows of 2 features with a number to predict, 40 to test", done.stdout)
        self.assertIn("target 'y': a number (regression), found by its cells; --task says otherwise", done.stdout)
        last = metrics(self.out)[-1]
        self.assertGreater(last["test_r2"], 0.99)
        self.assertLess(last["test_mae"], 1.5)
        self.assertGreaterEqual(last["test_rmse"], last["test_mae"])
        self.assertRegex(done.stdout, r"test MAE [\d.]+, RMSE [\d.]+, R² 0\.99")
        again = self.run_train("--eval-only", data=False, hidden=None)
        self.assertIn(f"R² {last['test_r2']:.4f}", again.stdout, again)

    def test_the_best_epoch_is_found_and_reported(self):
        done = self.train("--val", 0.2, data=self.line, target="y")
        self.assertRegex(done.stdout, r"epoch \d+ was the best: validation loss 0\.\d+; test MAE [\d.]+, RMSE [\d.]+, R² 0\.9")
        self.assertIn("val_r2", metrics(self.out)[-1])
        report = json.loads((self.out / "report.json").read_text())
        self.assertEqual(set(report), {"epoch", "loss", "mae", "rmse", "r2"})
        self.assertRegex((self.out / "report.txt").read_text(), r"MAE .*, RMSE .*, R² 0\.9")
        done = self.train("--val", 0.2, "--monitor", "f1", "--class-weights", "balanced", out="classes")
        self.assertIn("was the best: validation f1", done.stdout)
        self.assertIn("daisy", (self.folder / "classes" / "report.txt").read_text())

    def test_bits_do_not_depend_on_threads_interruption_or_packing(self):
        for data, target in ((self.csv, "kind"), (self.line, "y")):
            self.train("--threads", 1, data=data, target=target, out=f"{target}1")
            wanted = sha256(self.folder / f"{target}1" / "model.safetensors")
            for threads in (2, 4):
                self.train("--threads", threads, data=data, target=target, out=f"{target}{threads}")
                self.assertEqual(sha256(self.folder / f"{target}{threads}" / "model.safetensors"), wanted)
            self.train("--limit-steps", 13, data=data, target=target, out=f"{target}cut")
            subprocess.run([self.program, "--resume", "--out", self.folder / f"{target}cut"], check=True, capture_output=True)
            self.assertEqual(sha256(self.folder / f"{target}cut" / "model.safetensors"), wanted)

    def test_other_forms_of_a_table(self):
        parts = self.folder / "parts"
        parts.mkdir()
        (parts / "train.csv.gz").write_bytes(gzip.compress(flowers().encode()))
        (parts / "test.csv").write_text("\ufeff" + flowers(30, 2).replace("\r\n", "\n"))
        self.assertIn("150 rows of 6 features in 3 classes, 30 to test", self.train(data=parts).stdout)
        self.assertIn("a number (regression)", self.train("--task", "regression", target="size", out="b").stdout)
        self.assertIn("2 features in 3 classes", self.train("--ignore", "width,colour", out="c").stdout)
        layers = self.folder / "net.json"
        layers.write_text('{"layers":[{"linear":{"out":16}},"relu",{"linear":{"out":"classes"}}]}')
        self.train("--model", layers, out="e")
        again = subprocess.run([self.program, "--eval-only", "--out", self.folder / "e"], capture_output=True, text=True)
        self.assertIn("test accuracy", again.stdout, again)

    def test_another_table_is_measured_with_the_recipe_of_the_model(self):
        self.train()
        other = self.folder / "other.csv"
        rows = "".join(f"{2 * i},{row}\n" for i, row in enumerate(self.plain(60)))
        other.write_text("number,size,width,colour,\"note, free\",kind\n" + rows)
        done = self.run_train("--eval-only", "--data", str(other), data=False, hidden=None)
        self.assertRegex(done.stdout, r"test accuracy (9\d|100)\.", done)
        other.write_text(other.read_text().replace("rose", "tulip"))
        self.bad(1, "is not one of the training rows", "--eval-only", "--data", str(other), data=False, hidden=None)

    def predict(self, *arguments, status=0):
        done = subprocess.run([PROGRAMS["predict"], *map(str, arguments)], capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, status, done)
        return done

    def test_predict_applies_what_the_model_keeps(self):
        self.train()
        model, other = self.out / "model.safetensors", self.folder / "other.tsv"
        rows = list(csv.DictReader(io.StringIO(flowers(40, 5), newline="")))
        columns = ["colour", "more", "width", "note, free", "size"]  # another order, another column, no target
        with other.open("w", newline="") as file:
            writer = csv.DictWriter(file, columns, delimiter="\t", extrasaction="ignore")
            writer.writeheader()
            writer.writerows([{**row, "more": "text"} for row in rows])
        done = self.predict("--model", self.out, other)
        self.assertEqual(done.stderr, "")
        answers = list(csv.DictReader(io.StringIO(done.stdout, newline="")))
        self.assertEqual(list(answers[0]), ["row", "prediction", "probability"])
        self.assertEqual([int(a["row"]) for a in answers], list(range(1, 41)))
        right = sum(a["prediction"] == row["kind"] for a, row in zip(answers, rows))
        self.assertGreater(right, 37)
        self.assertTrue(all(1 / 3 <= float(a["probability"]) <= 1 for a in answers))
        for threads in (1, 4):
            self.assertEqual(self.predict("--model", model, "--threads", threads, other).stdout, done.stdout)
        lines = [json.loads(text) for text in self.predict("--model", model, "--json", other).stdout.splitlines()]
        self.assertEqual([line["prediction"] for line in lines], [a["prediction"] for a in answers])
        self.assertEqual([f"{line['probability']:.6g}" for line in lines], [f"{float(a['probability']):.6g}" for a in answers])
        both = self.predict("--model", model, "--out", self.folder / "out.csv", other, self.csv)
        self.assertEqual(both.stdout, "")
        text = (self.folder / "out.csv").read_text()
        self.assertEqual(text.splitlines()[0], "file,row,prediction,probability")
        self.assertEqual(text.count(str(self.csv)), 150)
        other.write_text(other.read_text().replace("red", "green"))
        self.assertIn("column 'colour' has values that no training row had", self.predict("--model", model, other).stderr)

    def test_predict_makes_numbers(self):
        self.train(data=self.line, target="y")
        self.line.write_text(line(300, 9))
        done = self.predict("--model", self.out, self.line)
        answers = [float(a["prediction"]) for a in csv.DictReader(io.StringIO(done.stdout))]
        wanted = [float(a["y"]) for a in csv.DictReader(io.StringIO(self.line.read_text()), delimiter=";")]
        self.assertEqual(len(answers), 300)
        self.assertLess(sum(abs(a - w) for a, w in zip(answers, wanted)) / 300, 2)
        first = json.loads(self.predict("--model", self.out, "--json", self.line).stdout.splitlines()[0])
        self.assertEqual(first, {"row": 1, "prediction": answers[0]})

    def test_predict_names_pictures(self):
        self.good("--epochs", "1")
        photo, bad = self.folder / "photo.png", self.folder / "bad.png"
        photo.write_bytes(png(8, 8, 1, lambda x, y: [200 if y == 1 else 20], 0))
        bad.write_bytes(b"")
        answers = self.predict("--model", self.out, photo).stdout.splitlines()
        self.assertEqual(answers[0], "file,prediction,probability")
        self.assertRegex(answers[1], rf"^{photo},[0-4],0\.\d+$")
        done = self.predict("--model", self.out, "--json", bad, photo, status=1)
        self.assertEqual(json.loads(done.stdout)["file"], str(photo))
        self.assertIn("bad.png", done.stderr)

    def test_predict_refuses_what_does_not_fit(self):
        self.train()
        self.train(data=self.line, target="y", out="number")
        bad = self.folder / "bad.csv"
        names, row = 'size,width,colour,"note, free"\n', "1,2,red,a\n"

        def refused(status, sentence, *arguments, model=self.out):
            done = self.predict("--model", model, *arguments, status=status)
            self.assertIn(sentence, done.stderr)
            self.assertEqual((done.stderr.count("\n"), done.stdout.count("\n") <= 1), (1, True), done)

        for sentence, content in {
            "bad.csv: there is no column 'width'": 'size,colour,"note, free"\n1,red,a\n',
            "bad.csv:3, column 'size': expected a number, found 'big'": names + row + "big,2,red,a\n",
            "bad.csv:3, column 'width': expected a number, found '1,5'": names + row + '1,"1,5",red,a\n',
            "bad.csv:2, column 'size': 1e300 is too far from what the training rows have": names + "1e300,2,red,a\n",
            "bad.csv:3: the row has 3 cells": names + row + "1,2,red\n",
            "bad.csv is empty": "",
            "has names of columns but no rows": names,
            "found a NUL byte": names + "1,\0,red,a\n",
        }.items():
            with self.subTest(sentence):
                bad.write_text(content)
                refused(1, sentence, bad)
        refused(1, "nothing.csv", self.folder / "nothing.csv")
        refused(1, str(self.folder), self.folder)
        refused(1, "nothing.safetensors", self.csv, model=self.folder / "nothing.safetensors")
        refused(1, str(self.csv), self.csv, model=self.csv)
        refused(2, "--labels is for classes", "--labels", self.csv, self.csv, model=self.folder / "number")
        refused(2, "are for networks that read images", "--arch", "resnet18", self.csv)
        refused(1, "--out", "--out", "/proc/none/out.csv", self.csv)
        whole = (self.out / "model.safetensors").read_bytes()
        for cut in (len(whole) // 2, 100, 8, 0):
            (self.folder / "cut.safetensors").write_bytes(whole[:cut])
            refused(1, "cut.safetensors", self.csv, model=self.folder / "cut.safetensors")
        classify = subprocess.run([PROGRAMS["classify"], "--model", self.out / "model.safetensors", "x.png"],
                                  capture_output=True, text=True)
        self.assertIn("it reads the rows of a table, not images; predict applies it", classify.stderr)

    def test_mistakes_are_refused(self):
        refused = self.train_refuses

        refused(2, "--target needs to name the column to predict", target="")
        refused(2, "--target is 'Kind', but", target="Kind")
        refused(2, "--ignore names what is not there", "--ignore", "colr")
        refused(2, "--task: ", "--task", "clustering")
        refused(1, "a regression needs a number, found 'daisy'", "--task", "regression")
        refused(2, "--model cnn reads images", "--model", "cnn")
        refused(2, "--model resnet18 reads images", "--model", "resnet18")
        refused(2, "--grey is for pictures", "--grey")
        refused(2, "--image-size is for pictures", "--image-size", 8)
        refused(2, "--watch makes images", "--watch", "classes")
        refused(2, "--label-smoothing is for classes", "--label-smoothing", 0.1, data=self.line, target="y")
        refused(2, "--class-weights is for classes", "--class-weights", "balanced", data=self.line, target="y")
        refused(2, "--monitor f1 is for classes", "--val", 0.1, "--monitor", "f1", data=self.line, target="y")
        refused(2, "--target is for tables, but 'fashion-mnist' has IDX files", data="fashion-mnist")
        refused(2, "--task is for tables", "--task", "regression", data="fashion-mnist", target="")
        refused(2, "there is no", data=self.folder / "nothing.csv")

        good = "a,b,kind\n" + "1,x,p\n2,y,q\n" * 10
        for sentence, content in {
            "bad.csv is empty": b"",
            "found 0 columns": b"\r\n\r\n",
            "found 1 column": b"kind\np\nq\n",
            "has names of columns but no rows": b"a,b,kind\n",
            "no rows": b"\xef\xbb\xbfa,b,kind\r\n",
            "the first line should be the names of the columns": b"1,2,3\n4,5,6\n",
            "bad.csv:1: column 2 has no name": b"a,,kind\n1,2,p\n",
            "two columns are called 'a'": b"a,a,kind\n1,2,p\n",
            "bad.csv:22: the row has 2 cells, the first line names 3 columns": good + "1,x\n",
            "bad.csv:22: the row has 4 cells": good + "1,x,p,p\n",
            "bad.csv:22: found a NUL byte": good + "1,\0,p\n",
            "bad.csv:1: found a NUL byte": good.encode("utf-16"),
            "bad.csv:22: a quote (\") belongs around a whole cell": good + '1,x"y",p\n',
            "bad.csv:22: a quote (\") is opened and never closed": good + '1,"x,p\n2,y,q\n',
            "bad.csv:1: more than 65536 columns": ",".join(f"c{i}" for i in range(10**6)) + "\n",
            "bad.csv:22, column 'a': expected a number as in 20 other rows, found 'tall'": good + "tall,x,p\n",
            "bad.csv:22, column 'a': '1,5' has a decimal comma": good + '"1,5",x,p\n',
            "'1,5' has a decimal comma": "a;b;kind\n1,5;2;p\n2,5;3;q\n1;4;p\n",
            "found '1e999'": good + "1e999,x,p\n",
            "bad.csv:22, column 'kind': the target has no value ('?')": good + "1,x,?\n",
            "bad.csv:22, column 'kind': the target has no value ('')": good + "1,x,\n",
            "the target column 'kind' has one class, 'p'": "a,b,kind\n" + "1,x,p\n" * 10,
            "each class has one row": "a,b,kind\n1,x,p\n2,y,q\n",
            "has more than 256 different texts; --ignore leaves it out": "a,b,kind\n" + "".join(
                f"{i},n{i},{'pq'[i % 2]}\n" for i in range(600)),
            "should be UTF-8": b"a,b,kind\n" + b"1,\xe9,p\n2,y,q\n" * 10,
            "has numbers whose squares are not finite": "a,kind\n" + "1e308,p\n-1e308,q\n" * 5,
            "is truncated: its gzip data end too early": gzip.compress(good.encode())[:-10],
            "bad.csv": gzip.compress(good.encode())[:-4] + b"\0\0\0\0",
            "--target is 'kind', but": "a,b,sort\n" + "1,x,p\n2,y,q\n" * 10,
        }.items():
            with self.subTest(sentence):
                bad = self.folder / "bad.csv"
                bad.write_bytes(content.encode() if isinstance(content, str) else content)
                refused(2 if sentence.startswith("--") else 1, sentence, data=bad)
        parts = self.folder / "parts"
        parts.mkdir()
        refused(1, "has neither IDX files nor folders of pictures nor train.csv", data=parts)
        (parts / "train.csv").write_text(good)
        for sentence, content in {
            "test.csv:2, column 'kind': the class 'r' is not one of the training rows": "a,b,kind\n1,x,r\n",
            "test.csv: there is no column 'b'": "a,kind\n1,p\n",
            "--target is 'kind', but": "a,b\n1,p\n",
            "test.csv:2, column 'a': expected a number, found 'x'": "a,b,kind\nx,x,p\n",
            "test.csv is empty": "",
        }.items():
            with self.subTest(sentence):
                (parts / "test.csv").write_text(content)
                refused(2 if sentence.startswith("--") else 1, sentence, data=parts)


if __name__ == "__main__":
    ProgramTest.program, PROGRAMS["predict"], PROGRAMS["classify"] = (str(pathlib.Path(p).resolve()) for p in sys.argv[1:4])
    unittest.main(argv=sys.argv[:1])
