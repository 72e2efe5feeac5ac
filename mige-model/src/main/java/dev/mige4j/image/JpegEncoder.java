package dev.mige4j.image;

import dev.mige4j.common.UsageException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.metadata.IIOMetadataNode;
import javax.imageio.plugins.jpeg.JPEGImageWriteParam;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

/** Encodes images, composited on white, as baseline JPEG, with texts in an APP1 segment with an XMP packet. */
final class JpegEncoder {

    /**
     * The lowest quality at which the colours are stored in full resolution (4:4:4, not 4:2:0), as ImageMagick does.
     */
    static final int FULL_COLOUR_QUALITY = 90;

    /** Starts the APP1 segment of an XMP packet. */
    static final String XMP_SIGNATURE = "http://ns.adobe.com/xap/1.0/\0";

    /** The longest content of a segment, in bytes. */
    private static final int MAX_SEGMENT = 65_533;

    private static final int APP1 = 0xE1, WHITE = 0xffffff;

    private JpegEncoder() {}

    static void encode(Image image, int quality, Map<String, String> texts, OutputStream out) throws IOException {
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        try (ImageOutputStream stream = new MemoryCacheImageOutputStream(out)) {
            JPEGImageWriteParam param = (JPEGImageWriteParam) writer.getDefaultWriteParam();
            param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            param.setCompressionQuality(quality / 100f);
            param.setOptimizeHuffmanTables(true);
            IIOImage content = new IIOImage(image.flatten(WHITE).asBufferedImage(), null, null);
            content.setMetadata(metadata(writer, content, param, quality >= FULL_COLOUR_QUALITY, texts));
            writer.setOutput(stream);
            writer.write(null, content, param);
        } finally {
            writer.dispose();
        }
    }

    private static IIOMetadata metadata(
            ImageWriter writer, IIOImage content, ImageWriteParam param, boolean fullColour, Map<String, String> texts)
            throws IOException {
        IIOMetadata metadata = writer.getDefaultImageMetadata(
                ImageTypeSpecifier.createFromRenderedImage(content.getRenderedImage()), param);
        String format = metadata.getNativeMetadataFormatName();
        Element root = (Element) metadata.getAsTree(format);
        Element luminance = (Element) root.getElementsByTagName("componentSpec").item(0);
        luminance.setAttribute("HsamplingFactor", fullColour ? "1" : "2");
        luminance.setAttribute("VsamplingFactor", fullColour ? "1" : "2");
        if (!texts.isEmpty()) {
            IIOMetadataNode segment = new IIOMetadataNode("unknown");
            segment.setAttribute("MarkerTag", String.valueOf(APP1));
            segment.setUserObject(xmpSegment(texts));
            Node markers = root.getElementsByTagName("markerSequence").item(0);
            markers.insertBefore(segment, markers.getFirstChild());
        }
        metadata.setFromTree(format, root);
        return metadata;
    }

    private static byte[] xmpSegment(Map<String, String> texts) {
        ByteArrayOutputStream segment = new ByteArrayOutputStream();
        segment.writeBytes(XMP_SIGNATURE.getBytes(StandardCharsets.ISO_8859_1));
        segment.writeBytes(XmpText.write(texts));
        if (segment.size() > MAX_SEGMENT)
            throw new UsageException(
                    "The texts of the image, its recipe for example, have %d bytes, and a JPEG file holds %d; shorten"
                            + " the instruction, or write PNG or WebP.",
                    segment.size(), MAX_SEGMENT);
        return segment.toByteArray();
    }
}
