package dev.mige4j.corpus;

import dev.mige4j.common.UsageException;
import dev.mige4j.corpus.composer.InstructionTemplates;
import dev.mige4j.corpus.specification.ExampleSpec;
import dev.mige4j.corpus.specification.ReferenceSpec;
import dev.mige4j.corpus.specification.Split;
import dev.mige4j.corpus.specification.TaskKind;
import dev.mige4j.image.Image;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;

/** Draws examples side by side for inspection: the instruction over the references, an arrow and the target. */
public final class ContactSheet {

    private static final int TEXT_HEIGHT = 30, GAP = 6, ARROW_WIDTH = 16;

    private final Graphics2D graphics;
    private final int imageSize;

    private ContactSheet(Graphics2D graphics, int imageSize) {
        this.graphics = graphics;
        this.imageSize = imageSize;
    }

    /** {@code perKind} examples of each task kind of the corpus' mix, kind by kind. */
    public static Image ofEachKind(Corpus corpus, Split split, long seed, int perKind, int columns) {
        List<Example> examples = new ArrayList<>();
        for (TaskKind kind : TaskKind.values())
            if (corpus.mix().weights().containsKey(kind))
                for (int i = 0; i < perKind; i++)
                    examples.add(corpus.render(corpus.exampleSpec(split, seed, kind.id() * 100L + i, kind)));
        return of(examples, columns);
    }

    /**
     * One or more examples of the same size in rows of {@code columns}.
     *
     * @throws UsageException when the machine has no font
     */
    public static Image of(List<Example> examples, int columns) {
        int imageSize = examples.get(0).target().width();
        int maxReferences = examples.stream()
                .mapToInt(e -> Math.min(2, e.references().size()))
                .max()
                .orElse(1);
        int cellWidth = (maxReferences + 1) * imageSize + ARROW_WIDTH + 2 * GAP,
                cellHeight = imageSize + TEXT_HEIGHT + GAP;
        int rows = (examples.size() + columns - 1) / columns;
        BufferedImage sheet = new BufferedImage(columns * cellWidth, rows * cellHeight, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = sheet.createGraphics();
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, sheet.getWidth(), sheet.getHeight());
        graphics.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
        graphics.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 11));
        requireFonts(graphics);
        ContactSheet contactSheet = new ContactSheet(graphics, imageSize);
        for (int i = 0; i < examples.size(); i++) {
            int x = i % columns * cellWidth + GAP / 2, y = i / columns * cellHeight;
            contactSheet.drawCell(examples.get(i), x, y, cellWidth - GAP);
        }
        graphics.dispose();
        return Image.of(sheet);
    }

    private static void requireFonts(Graphics2D graphics) {
        try {
            graphics.getFontMetrics();
        } catch (InternalError | LinkageError | RuntimeException e) { // without fontconfig, fonts or FreeType
            throw new UsageException(
                    "The captions of a contact sheet need a font, but this machine has none; install fontconfig and a"
                            + " font, for example with 'apt-get install fontconfig fonts-dejavu-core'.",
                    e);
        }
    }

    private void drawCell(Example example, int x, int y, int width) {
        graphics.setColor(Color.BLACK);
        String text = example.spec().kind().label() + ": " + numberPlaceholders(example.spec());
        List<String> lines = wrapText(text, width);
        for (int k = 0; k < Math.min(2, lines.size()); k++) graphics.drawString(lines.get(k), x, y + 12 + 13 * k);
        int top = y + TEXT_HEIGHT, right = drawReferences(example.references(), x, top);
        graphics.setColor(new Color(0xc03030));
        graphics.drawString("→", right + 3, top + imageSize / 2);
        graphics.drawImage(example.target().toBufferedImage(), right + ARROW_WIDTH, top, null);
    }

    /** Up to two references side by side, more at half size in a square; returns the x where they end. */
    private int drawReferences(List<Image> references, int left, int top) {
        if (references.size() <= 2) {
            for (Image image : references) {
                graphics.drawImage(image.toBufferedImage(), left, top, null);
                left += imageSize + 1;
            }
            return left;
        }
        int half = imageSize / 2;
        for (int k = 0; k < references.size(); k++)
            graphics.drawImage(
                    references.get(k).toBufferedImage(), left + k % 2 * half, top + k / 2 * half, half, half, null);
        return left + imageSize;
    }

    /** The instruction with the placeholders as {@code <1>}, {@code <2>}, ..., the source as {@code <s>}. */
    private static String numberPlaceholders(ExampleSpec spec) {
        String text = spec.instruction();
        int number = 1;
        for (ReferenceSpec r : spec.references())
            text = text.replaceFirst(
                    InstructionTemplates.IMAGE_PLACEHOLDER, r.isSource() ? " <s> " : " <" + number++ + "> ");
        return text.replaceAll(" +([,.])", "$1").trim();
    }

    private List<String> wrapText(String text, int width) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        for (String word : text.split(" ", -1)) {
            if (line.length() > 0 && graphics.getFontMetrics().stringWidth(line + " " + word) > width) {
                lines.add(line.toString());
                line.setLength(0);
            }
            line.append(line.length() == 0 ? "" : " ").append(word);
        }
        lines.add(line.toString());
        return lines;
    }
}
