import java.awt.image.BufferedImage;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;

/**
 * Makes pairs to try fine-tuning with: each image as it is, and as a blueprint, white lines on blue. Arguments: a
 * folder of PNG files, the folder of the pairs, and how many mirrored or turned copies of each image there shall be, 1
 * to 8.
 */
public final class BlueprintPairs {

    private static final int SIDE = 128;

    public static void main(String[] arguments) throws Exception {
        Path from = Path.of(arguments[0]), to = Files.createDirectories(Path.of(arguments[1]));
        int copies = Integer.parseInt(arguments[2]);
        List<Path> files;
        try (var list = Files.list(from)) {
            files = list.filter(file -> file.toString().endsWith(".png")).sorted().toList();
        }
        for (Path file : files) {
            BufferedImage image = scaled(ImageIO.read(file.toFile()));
            String name = file.getFileName().toString().replace(".png", "");
            for (int copy = 0; copy < copies; copy++) {
                BufferedImage source = turned(image, copy);
                ImageIO.write(source, "png", new File(to.toFile(), name + copy + "-source.png"));
                ImageIO.write(blueprint(source), "png", new File(to.toFile(), name + copy + "-target.png"));
                Files.writeString(to.resolve(name + copy + ".txt"), "turn it into a blueprint\n");
            }
        }
    }

    private static BufferedImage scaled(BufferedImage image) {
        BufferedImage result = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
        int side = Math.min(image.getWidth(), image.getHeight()), x = (image.getWidth() - side) / 2,
                y = (image.getHeight() - side) / 2;
        var graphics = result.createGraphics();
        graphics.drawImage(
                image.getSubimage(x, y, side, side).getScaledInstance(SIDE, SIDE, java.awt.Image.SCALE_AREA_AVERAGING),
                0,
                0,
                null);
        graphics.dispose();
        return result;
    }

    private static BufferedImage turned(BufferedImage image, int copy) {
        BufferedImage result = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < SIDE; y++)
            for (int x = 0; x < SIDE; x++) {
                int u = copy % 2 == 0 ? x : SIDE - 1 - x, v = copy / 2 % 2 == 0 ? y : SIDE - 1 - y;
                result.setRGB(x, y, copy / 4 == 0 ? image.getRGB(u, v) : image.getRGB(v, u));
            }
        return result;
    }

    /** White where the brightness changes between neighbours, blue elsewhere, darker where the image is dark. */
    private static BufferedImage blueprint(BufferedImage image) {
        BufferedImage result = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < SIDE; y++)
            for (int x = 0; x < SIDE; x++) {
                double here = brightness(image, x, y),
                        edge = Math.hypot(
                                brightness(image, Math.min(SIDE - 1, x + 1), y) - here,
                                brightness(image, x, Math.min(SIDE - 1, y + 1)) - here);
                double line = Math.min(1, 3 * edge);
                result.setRGB(
                        x,
                        y,
                        mix(20 + 30 * here, line) << 16 | mix(60 + 50 * here, line) << 8 | mix(130 + 60 * here, line));
            }
        return result;
    }

    private static double brightness(BufferedImage image, int x, int y) {
        int rgb = image.getRGB(x, y);
        return (0.299 * (rgb >> 16 & 255) + 0.587 * (rgb >> 8 & 255) + 0.114 * (rgb & 255)) / 255;
    }

    private static int mix(double value, double line) {
        return (int) Math.round(value + (240 - value) * line);
    }
}
