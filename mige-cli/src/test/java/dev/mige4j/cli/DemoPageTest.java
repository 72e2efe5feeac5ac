package dev.mige4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.image.Image;
import dev.mige4j.task.Instruction;
import dev.mige4j.task.Task;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DemoPageTest {

    static final Image RED = Image.filled(2, 2, 0xff0000), BLUE = Image.filled(2, 2, 0x0000ff);

    @Test
    void showsTheInstructionWithItsImagesTheSourceAndTheOutput() {
        DemoPage page = new DemoPage("Demo", 7);
        page.add(Task.of(Instruction.of("Remove the <dog> & cat from <image>", RED), Optional.of(RED)), "Remove", BLUE);
        String html = page.html().replaceAll("\\s+", " ");
        assertTrue(html.contains("Remove the &lt;dog&gt; &amp; cat from <img"), html);
        assertTrue(html.contains("instruction-based editing"), html);
        assertTrue(html.contains("with seed 7,"), html);
        assertEquals(3, html.split("src=\"data:image/png;base64,", -1).length - 1, "instruction, source and output");
        assertFalse(html.contains("http"), "no external resource");
    }

    @Test
    void hasNoSourceForGeneration() {
        DemoPage page = new DemoPage("Demo", 0);
        page.add(Task.of(Instruction.of("<image> on a beach", RED), Optional.empty()), "beach", BLUE);
        String html = page.html();
        assertTrue(html.contains("subject generation"), html);
        assertEquals(2, html.split("src=\"data:image/png;base64,", -1).length - 1, "instruction and output");
    }
}
