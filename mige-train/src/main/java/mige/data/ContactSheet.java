package mige.data;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;

import mige.image.Picture;

/** Draws examples side by side with their instructions, to be looked at: references, an arrow, the target. */
public final class ContactSheet {

    private static final int TEXT = 30, GAP = 6, ARROW = 16;

    private ContactSheet() { }

    /** The first {@code each} examples of every kind of the corpus' mix, kind after kind. */
    public static Picture ofKinds(Corpus corpus, Split split, long seed, int each, int columns) {
        List<Example> all = new ArrayList<>();
        for (Kind kind : Kind.values()) if (corpus.mix().weights().containsKey(kind))
            for (int i = 0; i < each; i++) all.add(corpus.render(corpus.item(split, seed, kind.ordinal() * 100L + i, kind)));
        return of(all, columns);
    }

    /** These examples, {@code columns} in a row. */
    public static Picture of(List<Example> examples, int columns) {
        int n = examples.get(0).target().width();
        int most = examples.stream().mapToInt(e -> e.references().size() > 2 ? 2 : e.references().size()).max().orElse(1);
        int cellWidth = (most + 1) * n + ARROW + 2 * GAP, cellHeight = n + TEXT + GAP;
        int rows = (examples.size() + columns - 1) / columns;
        BufferedImage sheet = new BufferedImage(columns * cellWidth, rows * cellHeight, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = sheet.createGraphics();
        g.setColor(Color.WHITE);
        g.fillRect(0, 0, sheet.getWidth(), sheet.getHeight());
        g.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        g.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
        g.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 11));
        for (int i = 0; i < examples.size(); i++) cell(g, examples.get(i), i % columns * cellWidth + GAP / 2, i / columns * cellHeight, cellWidth - GAP, n);
        g.dispose();
        return Picture.of(sheet);
    }

    private static void cell(Graphics2D g, Example e, int x, int y, int width, int n) {
        g.setColor(Color.BLACK);
        List<String> lines = wrap(g, e.item().kind().label() + ": " + marked(e.item()), width);
        for (int k = 0; k < Math.min(2, lines.size()); k++) g.drawString(lines.get(k), x, y + 12 + 13 * k);
        int top = y + TEXT, at = x;
        List<Picture> references = e.references();
        if (references.size() > 2) {
            for (int k = 0; k < references.size(); k++) g.drawImage(references.get(k).toBufferedImage(), at + k % 2 * (n / 2), top + k / 2 * (n / 2), n / 2, n / 2, null);
            at += n;
        } else for (Picture p : references) {
            g.drawImage(p.toBufferedImage(), at, top, null);
            at += n + 1;
        }
        g.setColor(new Color(0xc03030));
        g.drawString("→", at + 3, top + n / 2);
        g.drawImage(e.target().toBufferedImage(), at + ARROW, top, null);
    }

    /** The sentence with its markers numbered, the source's as s. */
    private static String marked(Item item) {
        String text = item.text();
        int number = 1;
        for (Reference r : item.references()) text = text.replaceFirst(Wording.MARKER, r.isSource() ? " <s> " : " <" + number++ + "> ");
        return text.replaceAll(" +([,.])", "$1").trim();
    }

    private static List<String> wrap(Graphics2D g, String text, int width) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        for (String word : text.split(" ")) {
            if (line.length() > 0 && g.getFontMetrics().stringWidth(line + " " + word) > width) {
                lines.add(line.toString());
                line.setLength(0);
            }
            line.append(line.length() == 0 ? "" : " ").append(word);
        }
        lines.add(line.toString());
        return lines;
    }
}
