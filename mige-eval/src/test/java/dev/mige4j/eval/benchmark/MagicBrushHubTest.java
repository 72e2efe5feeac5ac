package dev.mige4j.eval.benchmark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.UsageException;
import dev.mige4j.dataset.layout.MagicBrushTurn;
import dev.mige4j.dataset.parquet.ParquetFixture;
import dev.mige4j.image.Image;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MagicBrushHubTest {

    @TempDir
    Path folder;

    private static Map<String, Object> row(String session, int turn) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("img_id", session);
        row.put("turn_index", turn);
        row.put("source_img", Image.filled(4, 4, turn).toPng());
        row.put("mask_img", Image.filled(4, 4, 0xffffff).toPng());
        row.put("instruction", "turn " + turn);
        row.put("target_img", Image.filled(4, 4, turn + 1).toPng());
        return row;
    }

    @SafeVarargs
    private void write(Map<String, Object>... rows) throws IOException {
        Path data = Files.createDirectories(folder.resolve("data"));
        ParquetFixture.write(
                data.resolve("dev-00000-of-00001-ab.parquet"), CompressionCodecName.SNAPPY, 2, List.of(rows));
    }

    @Test
    void readsSessionsWithTheirTurnsInOrder() throws IOException {
        write(row("30", 1), row("4021", 1), row("4021", 2));
        List<List<MagicBrushTurn>> sessions = MagicBrushTurn.loadHub(folder, "dev");
        assertEquals(List.of(1, 2), sessions.stream().map(List::size).toList());
        MagicBrushTurn last = sessions.get(1).get(1);
        assertEquals("4021/4021_inde_2", last.independentOutput());
        assertEquals(Image.filled(4, 4, 2), last.source().read());
        assertEquals(Image.filled(4, 4, 3), last.target().read());
        assertEquals(Optional.empty(), last.localCaption());
        assertEquals("target_img of 4021, turn 2", last.target().name());
    }

    @Test
    void refusesTurnsThatAreNotInOrder() throws IOException {
        write(row("30", 2), row("30", 1));
        String message = assertThrows(UsageException.class, () -> MagicBrushTurn.loadHub(folder, "dev"))
                .getMessage();
        assertTrue(message.contains("row 1: column 'turn_index' is 1, expected a number from 3"), message);
    }

    @Test
    void refusesSessionsWhoseNameIsAPath() throws IOException {
        write(row("../30", 1));
        assertThrows(UsageException.class, () -> MagicBrushTurn.loadHub(folder, "dev"));
    }

    @Test
    void saysWhichSplitIsMissing() throws IOException {
        write(row("30", 1));
        String message = assertThrows(UsageException.class, () -> MagicBrushTurn.loadHub(folder, "train"))
                .getMessage();
        assertTrue(message.contains("has no Parquet files such as data/train-00000-of-00004.parquet"), message);
    }
}
