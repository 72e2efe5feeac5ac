package dev.mige4j.cli;

import dev.mige4j.common.UsageException;
import dev.mige4j.weights.hub.RemoteFile;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** The models that evaluations compare images with: where they are published, and which files are needed. */
enum EmbedderRepository {
    CLIP(
            "openai/clip-vit-base-patch32",
            List.of("tokenizer.json", "tokenizer_config.json", "vocab.json", "merges.txt")),
    DINO("facebook/dino-vits16", List.of());

    private static final String CONFIG = "config.json";
    private static final List<String> WEIGHTS = List.of("model.safetensors", "pytorch_model.bin"); // by preference

    private final String repository;

    @SuppressWarnings("ImmutableEnumChecker") // an immutable list
    private final List<String> tokenizerFiles;

    EmbedderRepository(String repository, List<String> tokenizerFiles) {
        this.repository = repository;
        this.tokenizerFiles = tokenizerFiles;
    }

    /** The model that the command line calls {@code name}. */
    static Optional<EmbedderRepository> named(String name) {
        return Stream.of(values())
                .filter(model -> model.name().toLowerCase(Locale.ROOT).equals(name))
                .findFirst();
    }

    /** {@code OWNER/NAME} on the hub. */
    String repository() {
        return repository;
    }

    /**
     * The needed ones among the files of a repository: configuration, one file of weights, and the tokenizer's files
     * that it has.
     *
     * @param source name of the repository, for messages
     * @throws UsageException when the configuration or the weights are missing
     */
    List<RemoteFile> neededFiles(String source, List<RemoteFile> files) {
        RemoteFile config = find(files, CONFIG).orElseThrow(() -> missing(source, CONFIG));
        RemoteFile weights = WEIGHTS.stream()
                .flatMap(name -> find(files, name).stream())
                .findFirst()
                .orElseThrow(() -> missing(source, String.join(" or ", WEIGHTS)));
        Stream<RemoteFile> tokenizer = tokenizerFiles.stream().flatMap(name -> find(files, name).stream());
        return Stream.concat(Stream.of(config, weights), tokenizer).toList();
    }

    private static Optional<RemoteFile> find(List<RemoteFile> files, String path) {
        return files.stream().filter(file -> file.path().equals(path)).findFirst();
    }

    private UsageException missing(String source, String file) {
        return new UsageException(
                "%s: has no %s, expected a copy of %s; check --from and --revision.", source, file, repository);
    }
}
