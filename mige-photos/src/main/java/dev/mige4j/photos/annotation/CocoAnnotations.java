package dev.mige4j.photos.annotation;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import dev.mige4j.common.Json;
import dev.mige4j.common.UsageException;
import dev.mige4j.photos.stage.Photo;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Annotations of COCO or LVIS: one JSON file with {@code images} (id, width, height, and file_name or coco_url),
 * {@code categories} (id, name) and {@code annotations} (image_id, category_id, segmentation). Masks are polygons or
 * run lengths. Crowds ({@code "iscrowd": 1}) are left out, since they are not one object.
 *
 * <p>The file is read once, to find where the annotations of each image are; these are read again when they are asked
 * for. So the memory depends on the number of annotations, not on the size of the file, which has a gigabyte for LVIS.
 *
 * <p>Source: Microsoft COCO, arXiv 1405.0312; LVIS, arXiv 1908.03195; the formats' pages.
 */
final class CocoAnnotations implements PhotoAnnotations {

    /** An image of the file, and where the file has its annotations. */
    private record AnnotatedImage(long id, String path, int width, int height, List<Span> annotations) {}

    /** A part of the file, in bytes. */
    private record Span(long start, int length) {}

    private static final ObjectReader ITEM_READER =
            Json.MAPPER.reader().without(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final Path file;
    private final Map<String, AnnotatedImage> imagesByPath = new HashMap<>();
    private final Map<Long, String> categories = new HashMap<>();

    private CocoAnnotations(Path file) {
        this.file = file;
    }

    static CocoAnnotations open(Path file) {
        CocoAnnotations annotations = new CocoAnnotations(file);
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
                JsonParser parser = Json.MAPPER.createParser(in)) {
            annotations.index(parser);
        } catch (NoSuchFileException e) {
            throw new UsageException("%s: there is no such file.", file, e);
        } catch (JsonProcessingException e) {
            throw new UsageException("%s is not JSON: %s", file, e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new UsageException("%s cannot be read: %s", file, e.getMessage(), e);
        }
        return annotations;
    }

    private void index(JsonParser parser) throws IOException {
        Map<Long, List<Span>> spans = new HashMap<>();
        List<AnnotatedImage> images = new ArrayList<>();
        if (parser.nextToken() != JsonToken.START_OBJECT) throw notCoco();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String field = parser.currentName();
            if (parser.nextToken() != JsonToken.START_ARRAY) {
                parser.skipChildren();
                continue;
            }
            while (parser.nextToken() != JsonToken.END_ARRAY)
                switch (field) {
                    case "images" -> images.add(image(ITEM_READER.readTree(parser), spans));
                    case "categories" -> addCategory(ITEM_READER.readTree(parser));
                    case "annotations" -> addAnnotation(parser, spans);
                    default -> parser.skipChildren();
                }
        }
        if (images.isEmpty() || spans.isEmpty()) throw notCoco();
        for (AnnotatedImage image : images)
            if (imagesByPath.put(image.path, image) != null)
                throw new UsageException("%s: two images have the name %s; expected one.", file, image.path);
    }

    private UsageException notCoco() {
        return new UsageException(
                "%s: expected an object with 'images', 'categories' and 'annotations', as in COCO or LVIS.", file);
    }

    private AnnotatedImage image(JsonNode node, Map<Long, List<Span>> spans) {
        String url = node.path("coco_url").asText(),
                name = node.path("file_name").asText();
        String path = name.isEmpty() ? url.substring(url.lastIndexOf('/') + 1) : name;
        int width = node.path("width").asInt(), height = node.path("height").asInt();
        if (!node.path("id").isIntegralNumber() || path.isEmpty() || width < 1 || height < 1)
            throw new UsageException(
                    "%s: the image %s is incomplete; expected 'id', 'file_name', 'width' and 'height'.", file, node);
        long id = node.path("id").longValue();
        return new AnnotatedImage(id, path, width, height, spans.computeIfAbsent(id, i -> new ArrayList<>()));
    }

    private void addCategory(JsonNode node) {
        categories.put(node.path("id").asLong(), node.path("name").asText());
    }

    private void addAnnotation(JsonParser parser, Map<Long, List<Span>> spans) throws IOException {
        long start = parser.currentTokenLocation().getByteOffset();
        if (parser.currentToken() != JsonToken.START_OBJECT) throw notCoco();
        Long image = null;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            boolean isImage = parser.currentName().equals("image_id");
            if (parser.nextToken() == JsonToken.VALUE_NUMBER_INT && isImage) image = parser.getLongValue();
            parser.skipChildren();
        }
        long length = parser.currentTokenLocation().getByteOffset() + 1 - start;
        if (image == null || length > Integer.MAX_VALUE)
            throw new UsageException("%s: the annotation at byte %d has no 'image_id'.", file, start);
        spans.computeIfAbsent(image, i -> new ArrayList<>(2)).add(new Span(start, (int) length));
    }

    @Override
    public Optional<List<ObjectMask>> find(Photo photo) {
        AnnotatedImage image = imagesByPath.get(photo.path());
        for (String path = photo.path(); image == null && path.contains("/"); image = imagesByPath.get(path))
            path = path.substring(path.indexOf('/') + 1);
        if (image == null) return Optional.empty();
        CocoSegmentation.requireSize(photo, image.width, image.height);
        return Optional.of(read(image, photo));
    }

    private List<ObjectMask> read(AnnotatedImage image, Photo photo) {
        List<ObjectMask> objects = new ArrayList<>();
        try (FileChannel channel = FileChannel.open(file)) {
            for (Span span : image.annotations) {
                JsonNode annotation = Json.MAPPER.readTree(bytes(channel, span));
                if (annotation.path("iscrowd").asInt() == 1) continue;
                String category = categories.get(annotation.path("category_id").asLong());
                CocoSegmentation.parse(annotation, photo, file)
                        .ifPresent(mask -> objects.add(new ObjectMask(mask, Optional.ofNullable(category))));
            }
        } catch (IOException e) {
            throw new UsageException("%s has changed since it was opened: %s", file, e.getMessage(), e);
        }
        return objects;
    }

    private static byte[] bytes(FileChannel channel, Span span) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(span.length);
        while (bytes.hasRemaining())
            if (channel.read(bytes, span.start + bytes.position()) < 0) throw new IOException("it is shorter now");
        return bytes.array();
    }
}
