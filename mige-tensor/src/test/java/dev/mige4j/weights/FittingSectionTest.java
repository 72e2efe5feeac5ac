package dev.mige4j.weights;

import static dev.mige4j.weights.WeightFiles.assertWeightsException;
import static dev.mige4j.weights.torch.TorchFiles.dict;
import static dev.mige4j.weights.torch.TorchFiles.tensor;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.UsageException;
import dev.mige4j.weights.Checkpoint.LoadDType;
import dev.mige4j.weights.format.SafeTensors;
import dev.mige4j.weights.torch.SectionSelector;
import dev.mige4j.weights.torch.TorchFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FittingSectionTest {

    private static final String FITS = dict("a", tensor(4), "b", tensor(2)),
            OTHER = dict("a", tensor(3), "c", tensor(4));

    @TempDir
    Path folder;

    final ShapeRecorder shapes = new ShapeRecorder();

    FittingSectionTest() {
        shapes.get("a", Init.ZEROS, 4);
        shapes.get("b", Init.ZEROS, 2);
    }

    private LoadReport report(String pickle) throws IOException {
        Path file = TorchFiles.write(folder.resolve("m.pth"), pickle);
        try (Checkpoint checkpoint = Checkpoint.open(LoadDType.AS_STORED, new FittingSection(shapes), file)) {
            return checkpoint.compare(shapes);
        }
    }

    @Test
    void takesTheOnlySectionThatFitsAndSaysSo() throws IOException {
        LoadReport report = report(dict("state_dict", OTHER, "generator", dict("ema", FITS)));
        assertTrue(report.missing().isEmpty());
        assertEquals(List.of("m.pth: reads section 'generator.ema', the only one that fits the model"), report.notes());
        assertTrue(report(dict("state_dict", FITS)).notes().isEmpty());
        assertTrue(report(FITS).notes().isEmpty());
    }

    @Test
    void prefersWeightsToTheirAverageAndNamesTheAverage() throws IOException {
        LoadReport report = report(dict("state_dict_ema", FITS, "epoch", "K\1", "model", FITS));
        assertEquals(
                List.of("m.pth: reads section 'model'; the model fits section 'state_dict_ema', too "
                        + "(--section state_dict_ema)"),
                report.notes());
        assertEquals(
                "EMA weights, read with --section state_dict_ema (2 tensors)",
                report.unexpected().get("state_dict_ema"));
    }

    @Test
    void takesTheSectionOfAName() throws IOException {
        Path file = TorchFiles.write(folder.resolve("m.pth"), dict("model", FITS, "ema", OTHER));
        try (Checkpoint checkpoint = Checkpoint.open(LoadDType.AS_STORED, SectionSelector.named("ema"), file)) {
            assertEquals(List.of("a", "c"), List.copyOf(checkpoint.names()));
        }
        Path other = folder.resolve("m.safetensors");
        SafeTensors.write(other, Map.of(), List.of(WeightFiles.floatTensor("a", 1)));
        var e = assertThrows(
                UsageException.class, () -> Checkpoint.open(LoadDType.AS_STORED, SectionSelector.named("ema"), other));
        assertEquals("m.safetensors: has no section 'ema'; it has the top level.", e.getMessage());
    }

    @ParameterizedTest
    @CsvSource({
        "module.a, saved by DataParallel or DeepSpeed",
        "_orig_mod.a, saved after torch.compile",
        "module._orig_mod.a, 'saved by DataParallel or DeepSpeed, saved after torch.compile'",
        "_forward_module.model.a, 'saved by Lightning, part of a trainer'",
        "model.model.a, part of a trainer",
        "ema_model.module.a, 'saved by DataParallel or DeepSpeed, averaged (EMA) weights'"
    })
    void findsNamesInsideWrappers(String stored, String reason) throws IOException {
        LoadReport report = report(dict(stored, tensor(4), "b", tensor(2)));
        assertTrue(report.missing().isEmpty(), report.missing().toString());
        assertEquals(
                "stored as '" + stored + "' (" + reason + ")", report.remapped().get("a"));
    }

    @Test
    void findsNamesInsideWrappersOfPartsOfTheModel() {
        StoredNames names = new StoredNames();
        names.addAll(List.of(
                "ema_model.x",
                "online_model.x",
                "module.blocks.0._orig_mod._fsdp_wrapped_module.w",
                "model.encoder.block.0.w",
                "vae.module.mid.attentions.0.query.weight"));
        assertEquals("online_model.x", names.find("x"));
        assertNotNull(names.find("blocks.0.w"));
        assertEquals("model.encoder.block.0.w", names.find("t5_model.encoder.block.0.w"));
        assertNotNull(names.find("vae.mid.attentions.0.to_q.weight"));
    }

    @Test
    void saysWhyAWantedTensorIsNotRead() throws IOException {
        String pickle = dict("a", tensor(4), "module.b", tensor("ComplexFloatStorage", 2));
        assertEquals(
                "m.pth: tensor 'module.b' is not read: complex64 of shape [2], a type that cannot be read.",
                report(pickle).missing().get("b"));
        try (Checkpoint checkpoint = Checkpoint.open(folder.resolve("m.pth"))) {
            assertWeightsException("tensor 'module.b' is not read", () -> checkpoint.get("b", Init.ZEROS, 2));
        }
    }
}
