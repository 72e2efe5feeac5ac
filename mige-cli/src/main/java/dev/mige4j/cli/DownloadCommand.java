package dev.mige4j.cli;

import dev.mige4j.common.UsageException;
import dev.mige4j.weights.hub.HubDownloader;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code mige download}: the files of a model from a hub or mirror. */
@Command(
        name = "download",
        description =
                "Fetches a model's files from a hub (OWNER/NAME) or a mirror (an address with an index.json); goes on where it broke off.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footerHeading = "%nExamples:%n",
        footer = {
            "  mige download OWNER/NAME -o downloads/mige --hub https://hub.example.org",
            "  mige download https://models.example.org/nano -o models/nano",
            "  mige download OWNER/NAME --only '*.json' --only 'vae/*' -o downloads/vae"
        })
final class DownloadCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "FROM", description = "OWNER/NAME on the hub, or the address of a mirror.")
    private String repository;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FOLDER",
            required = true,
            description = "Where the files go.")
    private Path folder;

    @Option(
            names = "--hub",
            paramLabel = "URL",
            defaultValue = "${env:MIGE_HUB:-https://huggingface.co}",
            description = "The hub. Default: ${DEFAULT-VALUE}.")
    private String endpoint;

    @Option(
            names = "--revision",
            paramLabel = "NAME",
            defaultValue = "main",
            description = "Branch, tag or commit on the hub. Default: ${DEFAULT-VALUE}.")
    private String revision;

    @Option(
            names = "--only",
            paramLabel = "PATTERN",
            description = "Fetch files of this pattern only (* and ** as in a shell); may be given several times.")
    private List<String> includePatterns = List.of();

    @Option(
            names = {"-q", "--quiet"},
            description = "Print errors only.")
    private boolean quiet;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut(), err = spec.commandLine().getErr();
        HubDownloader download = repository.contains("://")
                ? HubDownloader.fromMirror(parseUri(repository))
                : HubDownloader.fromHub(parseUri(endpoint), repository, revision, System.getenv("MIGE_HUB_TOKEN"));
        List<PathMatcher> matchers = includePatterns.stream()
                .map(p -> FileSystems.getDefault().getPathMatcher("glob:" + p))
                .toList();
        TransferProgressBar progressBar = new TransferProgressBar(err, quiet);
        try {
            List<Path> files = download.download(
                    OutputFiles.createFolder(folder.toAbsolutePath()),
                    name -> matchers.isEmpty() || matchers.stream().anyMatch(p -> p.matches(Path.of(name))),
                    progressBar);
            progressBar.clear();
            if (!quiet)
                files.forEach(file ->
                        out.println(folder.resolve(folder.toAbsolutePath().relativize(file))));
            return 0;
        } finally {
            progressBar.clear();
        }
    }

    private static URI parseUri(String uri) {
        try {
            return URI.create(uri);
        } catch (IllegalArgumentException e) {
            throw new UsageException("'%s' is no address of a server, expected one such as https://example.org", uri);
        }
    }
}
