package dev.mige4j.train.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mige4j.common.UsageException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MigeDataSetTest {

    @TempDir
    Path root;

    private static String itemJson(String image, int references) {
        String referencePath =
                "\"raw/instructpix2pix/s/7.jpg\"" + ",\"raw/instructpix2pix/s/7.jpg\"".repeat(references - 1);
        return """
                {"image": "%s", "width": 400, "height": 400, "entity_path": [%s],
                 "multi_prompt": "Delete the dog from<imagehere>.", "source_path": ["raw/instructpix2pix/s/7.jpg"]}
                """.formatted(image, referencePath);
    }

    @Test
    void readsItemsAndTheirLatentMoments() throws Exception {
        Files.writeString(root.resolve("list.json"), "[" + itemJson("raw/instructpix2pix/t/7_1.jpg", 1) + "]");
        byte[] header =
                "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1, 2), }\n".getBytes(StandardCharsets.US_ASCII);
        ByteBuffer npy = ByteBuffer.allocate(10 + header.length + 16)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(0x4d554e93)
                .putShort((short) 0x5950)
                .put((byte) 1)
                .put((byte) 0)
                .putShort((short) header.length)
                .put(header)
                .putFloat(1)
                .putFloat(2)
                .putFloat(3)
                .putFloat(4);
        MigeDataSet dataSet = MigeDataSet.open(root, 512, root.resolve("list.json"));
        MigeDataSet.DataSetItem item = dataSet.items().get(0);
        Files.createDirectories(dataSet.resolve(item.targetMomentsPath()).getParent());
        Files.write(dataSet.resolve(item.targetMomentsPath()), npy.array());
        assertArrayEquals(
                new float[] {1, 2},
                dataSet.readMoments(item.targetMomentsPath()).mean().toFloatArray());
        assertArrayEquals(
                new float[] {3, 4},
                dataSet.readMoments(item.targetMomentsPath()).std().toFloatArray());
        assertEquals("edit", item.task().label());
    }

    @Test
    void rejectsAnItemOfUnknownTask() {
        var e = assertThrows(
                UsageException.class,
                () -> MigeDataSet.parseItem(new ObjectMapper().readTree(itemJson("raw/other/1.jpg", 1)), 512));
        assertTrue(e.getMessage().contains("raw/other/1.jpg"), e.getMessage());
    }

    @Test
    void rejectsMoreThanFourReferences() {
        assertThrows(
                UsageException.class,
                () -> MigeDataSet.parseItem(
                        new ObjectMapper().readTree(itemJson("raw/instructpix2pix/t/1.jpg", 5)), 512));
    }
}
