package mige.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import mige.tensor.UsageException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataSetTest {

    @TempDir Path root;

    private static String item(String image, int entities) {
        String entity = "\"raw/instructpix2pix/s/7.jpg\"" + ",\"raw/instructpix2pix/s/7.jpg\"".repeat(entities - 1);
        return "{\"image\":\"%s\",\"width\":400,\"height\":400,\"entity_path\":[%s],\"multi_prompt\":\"Delete the dog from<imagehere>.\",\"source_path\":[\"raw/instructpix2pix/s/7.jpg\"]}".formatted(image, entity);
    }

    @Test void readsAListAndTheMomentsOfItsPictures() throws Exception {
        Files.writeString(root.resolve("list.json"), "[" + item("raw/instructpix2pix/t/7_1.jpg", 1) + "]");
        byte[] header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1, 2), }\n".getBytes(StandardCharsets.US_ASCII);
        ByteBuffer npy = ByteBuffer.allocate(10 + header.length + 16).order(ByteOrder.LITTLE_ENDIAN).putInt(0x4d554e93).putShort((short) 0x5950).put((byte) 1).put((byte) 0)
                .putShort((short) header.length).put(header).putFloat(1).putFloat(2).putFloat(3).putFloat(4);
        DataSet set = DataSet.open(root, 512, root.resolve("list.json"));
        DataSet.Item item = set.items().get(0);
        Files.createDirectories(set.file(item.targetFeature()).getParent());
        Files.write(set.file(item.targetFeature()), npy.array());
        assertArrayEquals(new float[] {1, 2}, set.moments(item.targetFeature()).mean().floats());
        assertArrayEquals(new float[] {3, 4}, set.moments(item.targetFeature()).deviation().floats());
        assertEquals("edit", item.task().label());
    }

    @Test void refusesAnItemWhoseTaskCannotBeTold() {
        var e = assertThrows(UsageException.class, () -> DataSet.item(new ObjectMapper().readTree(item("raw/other/1.jpg", 1)), 512));
        assertTrue(e.getMessage().contains("raw/other/1.jpg"), e.getMessage());
    }

    @Test void refusesMoreThanFourReferences() {
        assertThrows(UsageException.class, () -> DataSet.item(new ObjectMapper().readTree(item("raw/instructpix2pix/t/1.jpg", 5)), 512));
    }
}
