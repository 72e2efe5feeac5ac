package dev.mige4j.web;

import dev.mige4j.task.Instruction;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A parsed request body, {@code multipart/form-data} or JSON with data URLs: text fields and files.
 *
 * <p>Bodies are held in memory, never written to disk, and no URL is fetched. The path of a result that is still
 * retained stands for its file. Files are {@code image} (several, in order), named images (multipart
 * {@code image[NAME]}, JSON {@code named_images.NAME}), {@code mask} and {@code source}.
 */
final class RequestBody {

    /** A file of the request; {@code label} is its field as the client sent it, such as {@code image[0]}. */
    static final class UploadedFile {
        private final String label;
        private final byte[] content;

        UploadedFile(String label, byte[] content) {
            this.label = label;
            this.content = content;
        }

        String label() {
            return label;
        }

        byte[] content() {
            return content;
        }
    }

    /** The fields that contain files. */
    static final Set<String> IMAGE_FIELDS = Set.of("image", "images", "named_images", "mask", "source");

    /** The images of an instruction and a source. */
    private static final int MAX_IMAGES = Instruction.MAX_IMAGES + 1;

    /** The images of a subject, each with a mask. */
    private static final int MAX_TRAINING_IMAGES = 2 * LoraTrainer.MAX_IMAGES;

    private static final int MAX_NAME_LENGTH = 100;
    private static final int MAX_SANITIZED_LENGTH = 60;

    private final ResultImages results;
    private final RequestFields fields;
    private final int maxImages;
    private final List<UploadedFile> images = new ArrayList<>();
    private final Map<String, UploadedFile> namedImages = new LinkedHashMap<>();
    private final Map<String, UploadedFile> otherFiles = new LinkedHashMap<>();

    private RequestBody(ResultImages results, RequestFields fields, int maxImages) {
        this.results = results;
        this.fields = fields;
        this.maxImages = maxImages;
    }

    /**
     * Parses the body of a request for images.
     *
     * @param content which parsing may overwrite
     * @param results the retained results that the body may refer to
     * @throws ApiException with status 400 or 415 when the body is malformed or of another type
     */
    static RequestBody parse(String contentType, byte[] content, ResultImages results) {
        return new RequestBody(results, new RequestFields(), MAX_IMAGES).parse(contentType, content);
    }

    /** Like {@link #parse(String, byte[], ResultImages)}, of a request for the training of a LoRA. */
    static RequestBody parseTraining(String contentType, byte[] content, ResultImages results) {
        return new RequestBody(results, RequestFields.ofTraining(), MAX_TRAINING_IMAGES).parse(contentType, content);
    }

    private RequestBody parse(String contentType, byte[] content) {
        if (mediaType(contentType).equals("application/json")) new JsonBodyParser(this, content).parse();
        else new MultipartBodyParser(this).parse(contentType, content);
        return this;
    }

    /** The media type of a body that can be parsed; throws {@link ApiException} with status 415 for others. */
    static String mediaType(String contentType) {
        String mediaType =
                contentType == null ? "" : contentType.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        if (!mediaType.equals("application/json") && !mediaType.equals("multipart/form-data"))
            throw ApiException.of(
                    415,
                    "unsupported_media_type",
                    "The Content-Type is '%s', expected multipart/form-data or application/json.",
                    sanitize(mediaType));
        return mediaType;
    }

    static ApiException malformed(String reason) {
        return ApiException.of(400, "malformed_body", "The request body cannot be parsed: %s.", reason);
    }

    // ---- called by the parsers

    void addImage(UploadedFile image) {
        requireRoom(image);
        images.add(image);
    }

    void addNamedImage(String name, UploadedFile image) {
        requireRoom(image);
        if (name.length() > MAX_NAME_LENGTH) throw RequestFields.tooLong(image.label(), MAX_NAME_LENGTH);
        if (namedImages.putIfAbsent(name.strip(), image) != null) throw duplicate(image.label());
    }

    /** Adds the source or the mask. */
    void addFile(String name, UploadedFile file) {
        fields.requireKnown(name);
        if (otherFiles.putIfAbsent(name, file) != null) throw duplicate(name);
    }

    /**
     * The file of a retained result if the text is its path or URL; empty for any other text.
     *
     * @throws ApiException with status 404 when the result is not retained any more
     */
    Optional<byte[]> findResult(String param, String text) {
        return results.find(param, text);
    }

    private void requireRoom(UploadedFile image) {
        if (images.size() + namedImages.size() == maxImages)
            throw RequestFields.invalidValue(image.label(), "The request has more than %d images.", maxImages);
    }

    static ApiException duplicate(String name) {
        return ApiException.forParam(
                name, 400, "duplicate_parameter", "The parameter '%s' is given twice.", sanitize(name));
    }

    // ---- access

    RequestFields fields() {
        return fields;
    }

    /** The images without a name, in order. */
    List<UploadedFile> images() {
        return Collections.unmodifiableList(images);
    }

    Map<String, UploadedFile> namedImages() {
        return Collections.unmodifiableMap(namedImages);
    }

    /** The file {@code source} or {@code mask}. */
    Optional<UploadedFile> file(String name) {
        return Optional.ofNullable(otherFiles.get(name));
    }

    Collection<UploadedFile> allFiles() {
        List<UploadedFile> all = new ArrayList<>(images);
        all.addAll(namedImages.values());
        all.addAll(otherFiles.values());
        return all;
    }

    /** Client text for use in an error message: shortened, without control characters and markup. */
    static String sanitize(String text) {
        boolean isLong = text.length() > MAX_SANITIZED_LENGTH;
        return (isLong ? text.substring(0, MAX_SANITIZED_LENGTH) : text).replaceAll("[^\\p{L}\\p{N}\\p{P} ]", "?")
                + (isLong ? "…" : "");
    }
}
