package example;

import example.client.ApiClient;
import example.client.ApiException;
import example.client.api.ImagesApi;
import example.client.api.JobsApi;
import example.client.api.ModelsApi;
import example.client.model.Edit;
import example.client.model.Generation;
import example.client.model.ImagesResponse;
import example.client.model.Job;
import example.client.model.JobState;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Base64;
import java.util.Set;
import javax.imageio.ImageIO;

/** Generates and edits an image, runs a job and causes an error with the generated client: {@code URL IMAGE_FILE}. */
public final class MakeImages {

    private static final int STEPS = 2;

    private MakeImages() {}

    public static void main(String[] args) throws Exception {
        ApiClient client = new ApiClient();
        client.updateBaseUri(args[0].replaceFirst("/$", ""));
        File photograph = new File(args[1]);
        ImagesApi images = new ImagesApi(client);

        int size = new ModelsApi(client).listModels().getData().get(0).getMige().getSize();
        ImagesResponse generated = images.createImage(
                        new Generation().prompt("a red car on a beach").steps(STEPS).seed(7L));
        require(generated.getSeed() == 7 && width(generated) == size, "a generation", generated);

        ImagesResponse edited = images.createImageEdit(
                new Edit().prompt("make it night").image(dataUrl(photograph)).steps(STEPS));
        require(width(edited) == ImageIO.read(photograph).getWidth(), "an edit", edited);

        runJob(new JobsApi(client), photograph);

        try {
            images.createImage(new Generation().prompt("a dog").n(99));
            throw new AssertionError("99 images were not refused");
        } catch (ApiException e) {
            require(e.getCode() == 400 && e.getResponseBody().contains("\"param\":\"n\""), "an error", e);
        }
        System.out.println("The generated client made a generation, an edit and a job.");
    }

    private static void runJob(JobsApi jobs, File photograph) throws Exception {
        Job job = jobs.createJob(
                new Edit().prompt("make it night").source(dataUrl(photograph)).steps(STEPS));
        while (Set.of(JobState.QUEUED, JobState.RUNNING).contains(job.getState())) {
            Thread.sleep(100);
            job = jobs.retrieveJob(job.getId());
        }
        require(job.getState() == JobState.SUCCEEDED, "a job", job);
        File file = jobs.downloadImage(job.getId(), 0, null);
        require(ImageIO.read(file).getWidth() == job.getResult().getWidth(), "its image", job);
        jobs.deleteJob(job.getId());
    }

    private static String dataUrl(File png) throws IOException {
        return "data:image/png;base64," + Base64.getEncoder().encodeToString(Files.readAllBytes(png.toPath()));
    }

    private static int width(ImagesResponse response) throws IOException {
        byte[] png = Base64.getDecoder().decode(response.getData().get(0).getB64Json());
        return ImageIO.read(new ByteArrayInputStream(png)).getWidth();
    }

    private static void require(boolean condition, String what, Object response) {
        if (!condition) throw new AssertionError(what + " has an unexpected response: " + response);
    }
}
