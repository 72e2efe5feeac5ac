package dev.mige4j.cli;

import dev.mige4j.common.UsageException;
import dev.mige4j.corpus.CorpusDownloader;
import dev.mige4j.pipeline.Mige;
import dev.mige4j.web.Limits;
import dev.mige4j.web.OpenAiCompatibility;
import dev.mige4j.web.Server;
import dev.mige4j.web.ServerConfig;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.Logger;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code mige serve}: the web server with its page and the OpenAI-compatible images API. */
@Command(
        name = "serve",
        description =
                "Serves a page for generating and editing images and an OpenAI-compatible images API, until Ctrl-C.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footerHeading = "%nExamples:%n",
        footer = {
            "  mige serve",
            "  mige serve --port 9000 --host 0.0.0.0 --api-key-file key.txt",
            "  mige serve --host 0.0.0.0 --api-key-file key.txt --allowed-host mige.example",
            "  mige serve --loras my-loras",
            "  mige serve --job-time 60",
            "  mige serve --model-alias flux --strict"
        })
final class ServeCommand implements Callable<Integer> {

    /** A field, because java.util.logging forgets the level of a logger that is not referenced. */
    private final Logger serverLogger = Logger.getLogger(Server.class.getPackageName());

    @Spec
    private CommandSpec spec;

    @Mixin
    @SuppressWarnings("UnusedVariable") // DeviceOption reads the parse result
    private DeviceOption deviceOption;

    @Mixin
    private ModelOption model;

    @Mixin
    private LoraOption loraOption;

    @Option(
            names = "--loras",
            paramLabel = "FOLDER",
            description = "Folder of the LoRA files (NAME.safetensors) that requests may apply by their names; files"
                    + " may come and go while the server runs, and clients can train new ones. Those of --lora are"
                    + " applied to every request.")
    private Path loraFolder;

    @Option(
            names = "--port",
            paramLabel = "PORT",
            defaultValue = "8080",
            description = "TCP port, 0 for any free one. Default: ${DEFAULT-VALUE}.")
    @Range(min = 0, max = 65535)
    private int port;

    @Mixin
    private AccessOptions access;

    @Option(
            names = "--queue",
            paramLabel = "N",
            defaultValue = "64",
            description = "Capacity of the job queue; further requests get HTTP 429. Default: ${DEFAULT-VALUE}.")
    @Range(min = 1)
    private int queueCapacity;

    @Option(
            names = "--workers",
            paramLabel = "N",
            defaultValue = "1",
            description = "Number of requests processed at the same time; they share the processor. Default:"
                    + " ${DEFAULT-VALUE}.")
    @Range(min = 1, max = Limits.MAX_WORKERS)
    private int workers;

    @Option(
            names = "--job-time",
            paramLabel = "MINUTES",
            description = "Time limit of a job, which then fails with HTTP 504. Default: none.")
    @Range(min = 0.001, max = 1e6)
    private Double jobMinutes;

    @Option(
            names = "--model-alias",
            paramLabel = "NAME",
            description = "Further name by which requests may call the model; may be given several times. The names of"
                    + " OpenAI's image models, such as gpt-image-1 and dall-e-3, are accepted anyway.")
    private List<String> modelAliases = List.of();

    @Option(
            names = "--strict",
            description = "Refuse what clients of OpenAI's API ask and the model has not, instead of mapping it with a"
                    + " notice: OpenAI's model names, other sizes, URLs, streams, transparent backgrounds.")
    private boolean strict;

    @Option(
            names = {"-q", "--quiet"},
            description = "Log warnings and errors only, not every request.")
    private boolean quiet;

    @Override
    public Integer call() throws InterruptedException {
        configureLogging();
        PrintWriter out = spec.commandLine().getOut(), err = spec.commandLine().getErr();
        Limits limits = Limits.DEFAULT.withQueueCapacity(queueCapacity).withWorkers(workers);
        if (jobMinutes != null) limits = limits.withJobTimeout(Duration.ofMillis(Math.round(60_000 * jobMinutes)));
        ServerConfig config = access.apply(
                ServerConfig.DEFAULT
                        .withPort(port)
                        .withCompatibility(new OpenAiCompatibility(strict, modelAliases))
                        .withLimits(limits),
                System.getenv(),
                err);
        if (loraFolder != null) config = config.withLoraFolder(loraFolder);
        try (Mige base = model.open(err, quiet);
                Mige mige = loraOption.applyTo(base);
                Server server = start(config, mige)) {
            out.println("Serving " + mige.name() + " at " + server.url() + " (press Ctrl-C to stop)");
            out.flush();
            if (AccessOptions.isOpen(config))
                err.println("WARNING: Everyone who reaches this computer on port " + server.port()
                        + " can use the server, since it has no API key (--insecure).");
            server.join();
        }
        return 0;
    }

    private Server start(ServerConfig config, Mige mige) {
        try {
            return canTrain() ? Server.start(config, mige, trainer()) : Server.start(config, mige);
        } catch (UsageException e) {
            throw new UsageException("%s Choose another address with --host or --port.", e.getMessage(), e);
        }
    }

    /**
     * Clients may train LoRAs where there is a folder for them; a model of random weights has nothing to train from.
     */
    private boolean canTrain() {
        return loraFolder != null && !model.model.equals("random");
    }

    private TeachingTrainer trainer() {
        TeachingTrainer trainer = new TeachingTrainer(
                loraFolder, model.isEmbedded() ? null : Path.of(model.model), CorpusDownloader.defaultFolder());
        trainer.deleteInterrupted();
        return trainer;
    }

    /** Logs to standard error, one line per record, unless the user configured java.util.logging. */
    private void configureLogging() {
        if (System.getProperty("java.util.logging.config.file") == null) {
            try (InputStream in = ServeCommand.class.getResourceAsStream("logging.properties")) {
                LogManager.getLogManager().readConfiguration(in);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        if (quiet) serverLogger.setLevel(Level.WARNING);
    }
}
