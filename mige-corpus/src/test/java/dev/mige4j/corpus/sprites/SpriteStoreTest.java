package dev.mige4j.corpus.sprites;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.UsageException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpriteStoreTest {

    private static final int[] PIXELS =
            IntStream.range(0, 40 * 30).map(i -> 0xff000000 | i * 77).toArray();
    private static final Sprite DOG = Sprite.of("dog", "noto", 40, 30, PIXELS),
            PINATA = Sprite.of("piñata", "twemoji", 30, 40, PIXELS);

    @Test
    void aFileHoldsTheSpritesThatWereWritten(@TempDir Path folder) {
        Path file = folder.resolve("sprites.bin");
        SpriteStore.write(file, List.of(DOG, PINATA));
        SpriteStore store = SpriteStore.open(file, false);
        assertEquals(2, store.size());
        assertArrayEquals(PIXELS, store.get("piñata", "twemoji").mipLevels()[0].argb());
        assertEquals(List.of("noto"), store.iconSetsOf("dog"));
        assertTrue(store.iconSetsOf("cat").isEmpty());
    }

    @Test
    void spritesCanBeOpenedAtHalfSize(@TempDir Path folder) {
        Path file = folder.resolve("sprites.bin");
        SpriteStore.write(file, List.of(DOG));
        Sprite half = SpriteStore.open(file, true).get("dog", "noto");
        assertEquals(20, half.width());
        assertArrayEquals(DOG.mipLevels()[1].argb(), half.mipLevels()[0].argb());
    }

    @Test
    void rejectsAFileThatIsNotASpriteFile(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("sprites.bin"), "something else");
        assertTrue(assertThrows(UsageException.class, () -> SpriteStore.open(file, false))
                .getMessage()
                .startsWith(file + " is not a sprite file"));
    }

    @Test
    void rejectsAnUnknownIcon() {
        assertEquals(
                "There is no icon of 'cat' in the icon set 'noto'.",
                assertThrows(UsageException.class, () -> SpriteStore.of(List.of(DOG))
                                .get("cat", "noto"))
                        .getMessage());
    }
}
