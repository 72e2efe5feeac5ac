package dev.mige4j.parity;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mige4j.common.Json;
import dev.mige4j.common.Sha256;
import dev.mige4j.dataset.layout.ImageSource;
import dev.mige4j.dataset.layout.MagicBrushTurn;
import dev.mige4j.dataset.layout.ParquetImage;
import dev.mige4j.eval.benchmark.BenchmarkSample;
import dev.mige4j.eval.benchmark.BenchmarkTurn;
import dev.mige4j.eval.benchmark.EmuEdit;
import dev.mige4j.eval.benchmark.EmuEditRecord;
import dev.mige4j.image.Image;
import java.nio.file.Path;
import java.util.List;

/** The benchmarks that the Hugging Face hub stores as Parquet files, as sections of {@code expected.json}. */
final class HubBenchmarkCases {

    private HubBenchmarkCases() {}

    /** The Parquet files, and MIGE's copy, whose records differ in the images alone. */
    static void emuEdit(Golden golden, SoftAssertions checks) {
        String mige = "emu_edit/mige";
        Path folder = golden.sibling("emu_edit/emu_edit_test_set");
        List<EmuEditRecord> records = EmuEditRecord.load(folder), copies = EmuEditRecord.load(golden.sibling(mige));
        List<? extends BenchmarkSample> samples = EmuEdit.load(folder, false).samples();
        ArrayNode loaded = Json.MAPPER.createArrayNode();
        for (int i = 0; i < records.size(); i++) {
            EmuEditRecord record = records.get(i);
            BenchmarkTurn turn = samples.get(i).turn(0);
            byte[] file = ((ParquetImage) record.source()).file();
            ObjectNode json = loaded.addObject()
                    .put("id", Integer.parseInt(record.id()))
                    .put("instruction", record.instruction())
                    .put("task", record.task())
                    .put("input_caption", record.inputCaption())
                    .put("output_caption", record.outputCaption())
                    .put("captions_equal", !record.captionChanges())
                    .put("counts_for_clip_t", EmuEdit.CAPTIONS_DIFFER.contains(turn.kind(), turn.split()))
                    .put("in_3055_subset", EmuEdit.SEVEN_TASKS.contains(turn.kind(), turn.split()))
                    .put("hash", record.hash().orElse(null));
            putImage(json, "rgb_sha256", record.source())
                    .put("image_format", file[0] == (byte) 0x89 ? "PNG" : "JPEG")
                    .put("image_bytes_sha256", Sha256.hex(file));
            if (i < copies.size())
                json.put("mige_image", mige + "/" + copies.get(i).source().name());
            if (i < copies.size())
                checks.assertEqual(
                        "MIGE's record " + (i + 1),
                        List.of(record.id(), record.instruction(), record.task(), record.hash()),
                        List.of(
                                copies.get(i).id(),
                                copies.get(i).instruction(),
                                copies.get(i).task(),
                                copies.get(i).hash()));
        }
        BenchmarkCases.compareRecords(golden.json().path("emu_edit"), loaded, checks);
    }

    static void emuEditGenerations(Golden golden, SoftAssertions checks) {
        ArrayNode loaded = Json.MAPPER.createArrayNode();
        for (EmuEditRecord record : EmuEditRecord.load(golden.sibling("emu_edit/emu_edit_test_set_generations"))) {
            ObjectNode json = loaded.addObject()
                    .put("id", Integer.parseInt(record.id()))
                    .put("model", record.model().orElse(null));
            record.output().ifPresent(output -> putImage(json, "edited_rgb_sha256", output));
        }
        BenchmarkCases.compareRecords(golden.json().path("emu_edit_generations"), loaded, checks);
    }

    static void magicBrush(Golden golden, SoftAssertions checks) {
        ArrayNode loaded = Json.MAPPER.createArrayNode();
        for (List<MagicBrushTurn> session : MagicBrushTurn.loadHub(golden.sibling("magicbrush/hub"), "dev"))
            for (MagicBrushTurn turn : session) {
                ObjectNode json = loaded.addObject()
                        .put("id", turn.session())
                        .put("turn", turn.turn())
                        .put("instruction", turn.instruction());
                putImage(json, "source_rgb_sha256", turn.source());
                putImage(json, "target_rgb_sha256", turn.target());
            }
        BenchmarkCases.compareRecords(golden.json().path("magicbrush_hub"), loaded, checks);
    }

    /** Adds the checksum of an image's pixels, under {@code key}, and its size. */
    private static ObjectNode putImage(ObjectNode json, String key, ImageSource source) {
        Image image = source.read();
        return json.put(key, Sha256.hex(image.rgb()))
                .put("width", image.width())
                .put("height", image.height());
    }
}
