package dev.mige4j.cli;

import dev.mige4j.common.CancelledException;
import dev.mige4j.common.DeviceException;
import dev.mige4j.common.JvmErrors;
import dev.mige4j.common.PeerLostException;
import dev.mige4j.common.ShapeException;
import dev.mige4j.common.UsageException;
import dev.mige4j.common.UserFolders;
import dev.mige4j.common.WeightsException;
import dev.mige4j.corpus.sprites.MissingPackagesException;
import dev.mige4j.tensor.DeviceErrors;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * Entry point of the command line {@code mige}: dispatches to the subcommands, turns exceptions into one sentence and
 * an exit code, and shuts down cleanly on Ctrl-C.
 */
@Command(
        name = "mige",
        description = "Generates and edits images from instructions that interleave text and images.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.VersionProvider.class,
        sortOptions = false,
        subcommands = {
            DemoCommand.class,
            GenerateCommand.class,
            EditCommand.class,
            ComposeCommand.class,
            BatchCommand.class,
            RecipeCommand.class,
            ServeCommand.class,
            DownloadCommand.class,
            ConvertCommand.class,
            WeightsCommand.class,
            VerifyCommand.class,
            CorpusCommand.class,
            DataCommand.class,
            TrainCommand.class,
            TeachCommand.class,
            EvalCommand.class,
            ExperimentCommand.class,
            BenchCommand.class,
            DevCommand.class
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  mige generate \"a <image> on the beach\" -i samples/dog.png",
            "  mige edit samples/meadow.png \"make it night\"",
            "  mige compose \"replace the apple in <image> with <image>\" -i samples/table.png -i samples/teapot.png",
            "",
            "Exit codes: 0 success, 1 failure, 2 usage error, bad input file or unreachable server, 130 Ctrl-C.",
            "Environment: MIGE_HEAP=4g sets the Java heap size, MIGE_JAVA_OPTS adds options for the virtual machine."
        })
public final class Main implements Runnable {

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    public static void main(String[] args) {
        setUserHome();
        CountDownLatch finished = new CountDownLatch(1);
        // Ctrl-C: the running request is cancelled within a step and leaves no partial file; the exit code is then 130.
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            CancelFlag.cancel();
                            try {
                                // an exit beside native code that still computes can crash in it
                                long seconds = CancelFlag.longestStep().toSeconds();
                                if (seconds > 60 && !finished.await(2, TimeUnit.SECONDS))
                                    System.err.println("mige: stopping at the end of this step");
                                if (!finished.await(seconds, TimeUnit.SECONDS))
                                    Runtime.getRuntime().halt(130);
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                        },
                        "stop"));
        Charset terminal = TextEncoding.ofTerminal();
        boolean json = Arrays.asList(args).contains("--json"); // for programs, which expect UTF-8
        int exitCode =
                run(writer(System.out, json ? StandardCharsets.UTF_8 : terminal), writer(System.err, terminal), args);
        finished.countDown();
        System.exit(exitCode);
    }

    /**
     * Without an entry in passwd, Java would cache the fonts it found in a folder named '?' in the working directory.
     */
    private static void setUserHome() {
        if (Path.of(System.getProperty("user.home")).isAbsolute()) return;
        try {
            System.setProperty("user.home", UserFolders.current().home().toString());
        } catch (UsageException e) {
            // no folder can be written: commands that need one report it
        }
    }

    private static PrintWriter writer(PrintStream stream, Charset charset) {
        return new PrintWriter(new OutputStreamWriter(stream, charset), true);
    }

    /** Runs one command line and returns its exit code; never exits the virtual machine. */
    public static int run(PrintWriter out, PrintWriter err, String... args) {
        CommandLine commandLine = OptionValues.register(new CommandLine(new Main()))
                .setResourceBundle(new EmbeddedDefaults())
                .setOut(out)
                .setErr(err)
                .setUsageHelpWidth(100)
                .setUsageHelpAutoWidth(true)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionStrategy(DeviceOption::execute)
                .setParameterExceptionHandler(Main::handleParameterException)
                .setExecutionExceptionHandler(Main::handleExecutionException);
        try {
            TextEncoding.checkArguments(args);
        } catch (UsageException e) {
            err.println("mige: " + e.getMessage());
            return CommandLine.ExitCode.USAGE;
        }
        try {
            return commandLine.execute(args.length > 0 && args[0].equals("help") ? asHelpOption(args) : args);
        } catch (Error e) {
            return handleError(e, err);
        }
    }

    /** {@code mige help COMMAND} as {@code mige COMMAND --help}. */
    private static String[] asHelpOption(String[] args) {
        String[] converted = Arrays.copyOfRange(args, 1, args.length + 1);
        converted[args.length - 1] = "--help";
        return converted;
    }

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }

    private static int handleParameterException(ParameterException e, String[] args) {
        PrintWriter err = e.getCommandLine().getErr();
        err.println("mige: " + new ParameterErrors(args).describe(e));
        err.println("See: " + e.getCommandLine().getCommandSpec().qualifiedName() + " --help");
        return CommandLine.ExitCode.USAGE;
    }

    private static int handleExecutionException(Exception e, CommandLine commandLine, ParseResult parseResult) {
        PrintWriter err = commandLine.getErr();
        if (Boolean.getBoolean("mige.trace")) e.printStackTrace(err);
        if (e instanceof CancelledException) {
            err.println("mige: " + singleLine(e));
            return 130;
        }
        if (e instanceof UsageException) {
            String advice = e instanceof MissingPackagesException ? " Run 'mige corpus fetch' (45 MB, once)." : "";
            err.println("mige: " + singleLine(e) + advice);
            return CommandLine.ExitCode.USAGE;
        }
        if (e instanceof WeightsException) {
            err.println("mige: " + singleLine(e));
            return commandLine.getCommandSpec().exitCodeOnExecutionException();
        }
        if (e instanceof CommandFailedException || e instanceof PeerLostException) {
            err.println("mige: " + singleLine(e));
            return CommandLine.ExitCode.SOFTWARE;
        }
        if (e instanceof InvalidPathException path) {
            err.println("mige: " + TextEncoding.explain(path));
            return CommandLine.ExitCode.USAGE;
        }
        Optional<DeviceException> deviceError = DeviceErrors.translate(e);
        if (deviceError.isPresent()) {
            err.println("mige: " + deviceError.get().getMessage());
            return CommandLine.ExitCode.SOFTWARE;
        }
        err.println("mige: " + internalError(e));
        return CommandLine.ExitCode.SOFTWARE;
    }

    /** One sentence for an error of the virtual machine. */
    static int handleError(Error e, PrintWriter err) {
        if (Boolean.getBoolean("mige.trace")) e.printStackTrace(err);
        err.println("mige: "
                + DeviceErrors.translate(e)
                        .map(DeviceException::getMessage)
                        .or(() -> JvmErrors.explain(e))
                        .orElseGet(() -> internalError(e)));
        return CommandLine.ExitCode.SOFTWARE;
    }

    private static String internalError(Throwable e) {
        String exceptionType = e instanceof ShapeException ? "" : e.getClass().getSimpleName() + ": ";
        return "internal error: " + exceptionType + singleLine(e)
                + " (MIGE_JAVA_OPTS=-Dmige.trace=true prints the stack trace; please report it)";
    }

    /** The message without control characters, which text from files and servers would send to the terminal. */
    static String singleLine(Throwable e) {
        String message = e.getMessage() == null ? "no message" : e.getMessage();
        return String.join(
                        " ",
                        Arrays.stream(message.split("\\R")).map(String::strip).toList())
                .replace('\t', ' ')
                .replaceAll("\\p{Cc}", "?");
    }

    /** Reads the version from the manifest of the jar. */
    static final class VersionProvider implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Main.class.getPackage().getImplementationVersion();
            return new String[] {"mige4j " + (version == null ? "(from sources)" : version)};
        }
    }
}
