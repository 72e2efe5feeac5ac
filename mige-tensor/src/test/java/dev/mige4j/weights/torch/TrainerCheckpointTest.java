package dev.mige4j.weights.torch;

import static dev.mige4j.weights.WeightFiles.assertWeightsException;
import static dev.mige4j.weights.WeightFiles.readDoubles;
import static dev.mige4j.weights.torch.TorchFiles.call;
import static dev.mige4j.weights.torch.TorchFiles.dict;
import static dev.mige4j.weights.torch.TorchFiles.storage;
import static dev.mige4j.weights.torch.TorchFiles.string;
import static dev.mige4j.weights.torch.TorchFiles.tensor;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.UsageException;
import dev.mige4j.common.WeightsException;
import dev.mige4j.weights.Checkpoint;
import dev.mige4j.weights.format.LocalFile;
import dev.mige4j.weights.format.TensorFile;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Checkpoints as trainers write them: objects of many classes beside the weights, and weights in many sections. */
class TrainerCheckpointTest {

    @TempDir
    Path folder;

    private TensorFile open(String pickle) throws IOException {
        return Checkpoint.openFile(TorchFiles.write(folder.resolve("m.pt"), pickle));
    }

    private TensorFile open(String pickle, String section) throws IOException {
        Path file = TorchFiles.write(folder.resolve("m.pt"), pickle);
        return Checkpoint.openFile(LocalFile.open(file), SectionSelector.named(section));
    }

    /** Pieces of pickles as Python writes them with protocols 0 to 5, and the name of the class. */
    static List<String[]> objects() {
        String namespace = "cargparse\nNamespace\n)\u0081";
        return List.of(
                new String[] {"argparse.Namespace", namespace + dict("lr", "K\1") + "b"},
                new String[] {
                    "__main__.Config", "ccopy_reg\n_reconstructor\n(c__main__\nConfig\nc__builtin__\nobject\nNtR"
                },
                new String[] {"__main__.Old", "(i__main__\nOld\n" + dict() + "b"},
                new String[] {"__main__.Old", "(c__main__\nOld\nK\1o"},
                new String[] {"__main__.Keywords", "c__main__\nKeywords\n)" + dict("x", "K\3") + "\u0092"},
                new String[] {"enum.Color", string("enum") + string("Color") + "\u0093K\1\u0085R"},
                new String[] {"collections.Counter", call("collections", "Counter", dict("a", "K\1"))},
                new String[] {"__builtin__.set", call("__builtin__", "set", "](K\1K\2e")},
                new String[] {"datetime.datetime", call("datetime", "datetime", "U\7\7\u00e9\1\1\1\1\1")},
                new String[] {"pathlib.PosixPath", call("pathlib", "PosixPath", string("/"), string("tmp"))},
                new String[] {"torch.device", call("torch", "device", string("cuda"), "K\0")},
                new String[] {
                    "numpy.core.multiarray.scalar", call("numpy.core.multiarray", "scalar", string("f8"), "C\1a")
                },
                new String[] {"functools.partial", "cfunctools\npartial\nc__main__\nfunction\n\u0085R(Ntb"},
                new String[] {"__main__.List", "c__main__\nList\n)\u0081(K\1K\2e"},
                new String[] {"__main__.Made", call("__main__", "Maker") + "K\1\u0085R"});
    }

    @Test
    void leavesOutObjectsOfOtherClasses() throws IOException {
        for (String[] object : objects()) {
            String type = object[0].equals("__main__.Made") ? "__main__.Maker" : object[0];
            if (object[0].equals("__main__.Config")) type = "copy_reg._reconstructor";
            try (TensorFile file = open(dict("state_dict", dict("w", tensor(4)), "extra", object[1]))) {
                assertEquals(Set.of("w"), file.tensorInfos().keySet());
                assertEquals(
                        "an object of " + type + ", which was not built",
                        file.skipped().get("extra"));
            }
            try (TensorFile file = open(dict("w", tensor(4), "extra", "](" + object[1] + "e"))) { // in a list, flat
                assertArrayEquals(new double[] {0, 0, 0, 1}, readDoubles(file, "w"));
                assertEquals(
                        "not part of the state_dict, with " + type,
                        file.skipped().get("extra"));
            }
        }
    }

    @Test
    void leavesOutValuesWithoutAClass() throws IOException {
        String frozenSet = "(K\1K\2\u0091", bytes = "C\2ab", bytearray = "\u0096\2\0\0\0\0\0\0\0ab";
        for (String value : List.of(frozenSet, "\u008f(K\1\u0090", "N", "ctorch\nfloat16\n", "c__main__\nModel\n", "]"))
            try (TensorFile file = open(dict("w", tensor(4), "extra", value))) {
                assertEquals("not part of the state_dict", file.skipped().get("extra"));
            }
        try (TensorFile file = open(dict("w", tensor(4), "a", bytes, "b", bytearray, "c", "S'text'\n"))) {
            assertEquals(Map.of("a", "ab", "b", "ab", "c", "text"), file.metadata());
        }
    }

    @Test
    void readsDictionariesOfOtherClasses() throws IOException {
        String own = "c__main__\nDict\n)\u0081(" + string("w") + tensor(4) + "u";
        try (TensorFile file = open("c__main__\nDict\n)\u0081(" + string("state_dict") + own + "u")) {
            assertEquals(Set.of("w"), file.tensorInfos().keySet());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "_rebuild_qtensor, a quantized tensor",
        "_rebuild_sparse_tensor, a sparse tensor",
        "_rebuild_wrapper_subclass, an object of torch._utils._rebuild_wrapper_subclass"
    })
    void refusesATensorThatCannotBeReadOnlyWhenItIsWanted(String function, String reason) throws IOException {
        String other = call("torch._utils", function, storage("QInt8Storage"), "K\0");
        try (TensorFile file = open(dict("w", tensor(4), "q", other, "c", tensor("ComplexFloatStorage", 2)))) {
            assertEquals(Set.of("w"), file.tensorInfos().keySet());
            assertTrue(
                    file.skipped().get("q").startsWith(reason), file.skipped().toString());
            assertWeightsException("m.pt: tensor 'q' is not read: " + reason, () -> file.tensor("q"));
            assertWeightsException(
                    "m.pt: tensor 'c' is not read: complex64 of shape [2], a type that cannot be read",
                    () -> file.tensor("c"));
        }
    }

    @Test
    void readsATensorWithAttributes() throws IOException {
        String arguments = "(" + storage("FloatStorage") + "K\0K\4\u0085K\1\u0085\u0089" + dict() + "t";
        String parameter = call(
                "torch._tensor",
                "_rebuild_from_type_v2",
                "ctorch._utils\n_rebuild_tensor_v2\n",
                "ctorch.nn.parameter\nParameter\n",
                arguments,
                dict("ds_id", "K\3"));
        try (TensorFile file = open(dict("w", parameter))) {
            assertArrayEquals(new double[] {0, 0, 0, 1}, readDoubles(file, "w"));
        }
    }

    @Test
    void readsExpandedTensors() throws IOException {
        String expanded = call(
                "torch._utils",
                "_rebuild_tensor_v2",
                storage("FloatStorage"),
                "K\2",
                "(K\3K\2t",
                "(K\0K\1t",
                "\u0089",
                dict());
        try (TensorFile file = open(dict("w", expanded))) {
            assertArrayEquals(new double[] {0, 1, 0, 1, 0, 1}, readDoubles(file, "w"));
        }
        String huge = expanded.replace("K\3K\2t", "J\u00ff\u00ff\u00ff\u007fK\2t");
        try (TensorFile file = open(dict("w", huge))) {
            assertWeightsException("is not contiguous and is larger than 256 MiB", () -> file.tensor("w"));
        }
        String tooLarge = expanded.replace("K\3K\2t", "J\u00ff\u00ff\u00ff\u007fJ\u00ff\u00ff\u00ff\u007ft");
        assertWeightsException("tensor 'w' has the shape", () -> open(dict("w", tooLarge)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"state_dict", "module", "model", "ema", "params_ema", "model_state_dict"})
    void readsTheOnlySection(String section) throws IOException {
        try (TensorFile file = open(dict(section, dict("w", tensor(4)), "epoch", "K\7"))) {
            assertEquals(Set.of("w"), file.tensorInfos().keySet());
            assertEquals(Map.of("epoch", "7"), file.metadata());
            assertEquals("torch archive, section '" + section + "'", file.format());
        }
    }

    @Test
    void prefersStateDictThenTheLargestThatIsNoAverage() throws IOException {
        String small = dict("w", tensor(2)), large = dict("w", tensor(4));
        try (TensorFile file = open(dict("ema", large, "rng", small, "model", dict("state_dict", large)))) {
            assertEquals("torch archive, section 'model.state_dict'", file.format());
            assertEquals("EMA weights, read with --section ema", file.skipped().get("ema"));
            assertEquals(
                    "other weights, read with --section rng", file.skipped().get("rng"));
        }
        try (TensorFile file = open(dict("model", large, "state_dict", small))) {
            assertEquals("torch archive, section 'state_dict'", file.format());
        }
    }

    @Test
    void readsTheSectionOfAName() throws IOException {
        String pickle =
                dict("state_dict", dict("w", tensor(4)), "model", dict("ema", dict("w", tensor(2)), "step", "K\1"));
        try (TensorFile file = open(pickle, "model.ema")) {
            assertEquals(2, file.tensorInfo("w").numel());
            assertEquals(Map.of("model.step", "1"), file.metadata());
            assertEquals(Set.of("state_dict"), file.skipped().keySet());
        }
        var e = assertThrows(UsageException.class, () -> open(pickle, "ema"));
        assertEquals("m.pt: has no section 'ema'; it has section 'state_dict', section 'model.ema'.", e.getMessage());
    }

    @Test
    void neverReadsAnOptimizerAsWeights() throws IOException {
        String state = dict("optimizer", dict("exp_avg", tensor(4)), "opt", dict("w", tensor(4)));
        assertWeightsException("has no tensors under 'state_dict' or at the top level", () -> open(state));
    }

    @Test
    void saysWhatAFileHoldsInsteadOfWeights() {
        assertWeightsException(
                "m.pt: holds an object of models.DiT instead of a dictionary of tensors; save its state_dict()",
                () -> open("cmodels\nDiT\n)\u0081" + dict("_modules", dict()) + "b"));
        assertWeightsException(
                "m.pt: has no tensors under 'state_dict' or at the top level; its entries are 'model', "
                        + "with an object of models.DiT; save a state_dict() alone",
                () -> open(dict("model", "cmodels\nDiT\n)\u0081")));
        assertWeightsException("m.pt: holds an empty dictionary", () -> open(dict()));
    }

    @ParameterizedTest
    @CsvSource({
        "posix, system",
        "os, popen",
        "subprocess, Popen",
        "__builtin__, eval",
        "builtins, exec",
        "runpy, run_path"
    })
    void refusesFilesThatWouldRunAProgram(String module, String name) {
        assertWeightsException(
                "m.pt: the pickle refers to '" + module + "." + name + "', which is not allowed: it could execute code",
                () -> open(dict("state_dict", dict("w", tensor(4)), "x", call(module, name, string("echo hi")))));
    }

    /** A million entries that share a list of a million values are not visited a million times. */
    @Test
    void limitsTheTimeForDescriptions() {
        StringBuilder pickle = new StringBuilder("}(" + string("w") + tensor(4) + string("big") + "](");
        pickle.append("]".repeat(600_000)).append("eq\0");
        for (int i = 0; i < 300_000; i++)
            pickle.append('M')
                    .append((char) (i & 0xFF))
                    .append((char) (i >> 8 & 0xFF))
                    .append("h\0");
        pickle.append('u');
        assertTimeout(Duration.ofSeconds(20), () -> open(pickle.toString()).close());
    }

    @Test
    void skipsLongByteStringsWithoutKeepingThem() throws IOException {
        int length = 3 << 20;
        String bytes = "B\0\0" + (char) (length >> 16) + "\0" + "x".repeat(length);
        try (TensorFile file = open(dict("w", tensor(4), "image", bytes))) {
            assertEquals("not part of the state_dict", file.skipped().get("image"));
        }
        var e = assertThrows(WeightsException.class, () -> open(dict("w", tensor(4), "image", "B\0\0\0\u007f")));
        assertTrue(e.getMessage().contains("has a string of 2130706432 bytes"), e.getMessage());
    }
}
