package dev.mige4j.cli;

import dev.mige4j.common.UsageException;
import dev.mige4j.weights.conversion.PublishedDownload;
import dev.mige4j.weights.hub.HubDownloader;
import dev.mige4j.weights.hub.HubSettings;
import dev.mige4j.weights.hub.RemoteFile;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.PatternSyntaxException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code mige download}: downloads the files of a model from a hub or a mirror. */
@Command(
        name = "download",
        description = "Downloads the published model and converts it while it arrives (published), the models that"
                + " evaluations compare images with (clip, dino), or the files of any model from a hub"
                + " (OWNER/NAME) or a mirror (a URL with an index.json). The same command continues an"
                + " interrupted download.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footerHeading = "%nExamples:%n",
        footer = {
            "  mige download published -o models/mige-xl",
            "  mige download clip -o models/clip",
            "  mige download dino -o models/dino",
            "  mige download OWNER/NAME -o downloads/mige --hub https://hub.example.org",
            "  mige download https://models.example.org/nano -o models/nano",
            "  mige download OWNER/NAME --include '*.json' --include 'vae/*' -o downloads/vae",
            "",
            "Environment variables:",
            "  HF_TOKEN                            access token for gated and private repositories",
            "  HF_ENDPOINT                         URL of the hub",
            "  HF_HOME, HF_HUB_CACHE               cache of huggingface_hub, whose files are reused",
            "  https_proxy, http_proxy, no_proxy   proxy, as http://USER:PASSWORD@HOST:PORT; hosts without it"
        })
final class DownloadCommand implements Callable<Integer> {

    private static final String INCLUDE = "--include", FROM = "--from";
    private static final List<String> PUBLISHED_OPTIONS =
            List.of("--checkpoint", "--config", "--section", "--dtype", "--quantize");

    @Spec
    private CommandSpec spec;

    @Parameters(
            paramLabel = "REPOSITORY",
            description = "'published', 'clip', 'dino', OWNER/NAME on the hub, or the URL of a mirror.")
    private String repository;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FOLDER",
            required = true,
            description = "Output folder.")
    private Path folder;

    @Option(
            names = "--hub",
            paramLabel = "URL",
            description = "URL of the hub. Default: the variable HF_ENDPOINT, or https://huggingface.co.")
    private String endpoint;

    @Option(
            names = "--revision",
            paramLabel = "NAME",
            defaultValue = "main",
            description = "Branch, tag or commit on the hub. Default: ${DEFAULT-VALUE}.")
    private String revision;

    @Option(
            names = INCLUDE,
            paramLabel = "PATTERN",
            description = "Download only the files that match (* and ** as in a shell); may be given several times.")
    private List<String> includePatterns = List.of();

    @Option(
            names = FROM,
            paramLabel = "REPOSITORY",
            description =
                    "Of 'published', 'clip' and 'dino': a copy, as OWNER/NAME or as the URL of a mirror. Defaults: "
                            + PublishedDownload.REPOSITORY
                            + ", openai/clip-vit-base-patch32, facebook/dino-vits16.")
    private String copy;

    @Option(
            names = "--checkpoint",
            paramLabel = "NAME",
            description = "Of 'published': the file of the model, if it is not called model.pth.")
    private String checkpoint;

    @Mixin
    private ConversionOptions conversionOptions;

    @Mixin
    private QuietOption quietOption;

    @Override
    public Integer call() {
        boolean published = repository.equals("published");
        Optional<EmbedderRepository> embedder = EmbedderRepository.named(repository);
        boolean named = published || embedder.isPresent();
        if (!published) PUBLISHED_OPTIONS.forEach(option -> refuse(option, "'mige download published'"));
        if (named) refuse(INCLUDE, "other repositories");
        else refuse(FROM, "'mige download published', 'clip' and 'dino'");
        TransferProgressBar progressBar =
                new TransferProgressBar(spec.commandLine().getErr(), quietOption.isQuiet());
        try {
            if (published) downloadPublished(progressBar);
            else
                printPaths(
                        embedder.map(model -> downloadEmbedder(model, progressBar))
                                .orElseGet(() -> downloadIncluded(progressBar)),
                        progressBar);
            return 0;
        } finally {
            progressBar.clear();
        }
    }

    private void refuse(String option, String where) {
        if (spec.commandLine().getParseResult().hasMatchedOption(option))
            throw new UsageException("%s is an option for %s", option, where);
    }

    private List<Path> downloadIncluded(TransferProgressBar progressBar) {
        List<PathMatcher> matchers =
                includePatterns.stream().map(DownloadCommand::parsePattern).toList();
        return open(repository, revision, progressBar)
                .download(
                        OutputFiles.createFolder(folder.toAbsolutePath()),
                        name -> matchers.isEmpty() || matchers.stream().anyMatch(p -> p.matches(Path.of(name))),
                        progressBar);
    }

    private List<Path> downloadEmbedder(EmbedderRepository model, TransferProgressBar progressBar) {
        String source = copy == null ? model.repository() : copy;
        HubDownloader downloader = open(source, revision, progressBar);
        List<RemoteFile> files = model.neededFiles(source, downloader.list());
        return downloader.download(OutputFiles.createFolder(folder.toAbsolutePath()), files, progressBar);
    }

    private void printPaths(List<Path> files, TransferProgressBar progressBar) {
        progressBar.clear();
        if (quietOption.isQuiet()) return;
        PrintWriter out = spec.commandLine().getOut();
        files.forEach(file -> out.println(folder.resolve(folder.toAbsolutePath().relativize(file))));
    }

    private void downloadPublished(TransferProgressBar progressBar) {
        var publishedModel =
                new PublishedModelDownload(spec.commandLine().getOut(), progressBar, quietOption.isQuiet());
        if (publishedModel.isThere(conversionOptions, folder)) return;
        String source = copy == null ? PublishedDownload.REPOSITORY : copy;
        try (PublishedDownload download = PublishedDownload.find(
                name -> open(name, name.equals(source) ? revision : "main", progressBar),
                source,
                checkpoint,
                progressBar)) {
            publishedModel.run(download, hubSettings().endpoint().toString(), conversionOptions, folder);
        }
    }

    private HubDownloader open(String name, String revision, TransferProgressBar progressBar) {
        HubDownloader downloader = name.contains("://")
                ? HubDownloader.fromMirror(parseUri(name))
                : HubDownloader.fromHub(hubSettings(), name, revision);
        return downloader.withWaitListener(progressBar);
    }

    private HubSettings hubSettings() {
        HubSettings settings = HubSettings.fromEnvironment();
        return endpoint == null ? settings : settings.withEndpoint(endpoint);
    }

    private static PathMatcher parsePattern(String pattern) {
        try {
            return FileSystems.getDefault().getPathMatcher("glob:" + pattern);
        } catch (PatternSyntaxException e) {
            throw new UsageException("--include %s: is not a pattern, expected one such as '*.json'", pattern);
        }
    }

    private static URI parseUri(String uri) {
        try {
            return URI.create(uri);
        } catch (IllegalArgumentException e) {
            throw new UsageException("'%s' is not a URL, expected one such as https://example.org", uri);
        }
    }
}
