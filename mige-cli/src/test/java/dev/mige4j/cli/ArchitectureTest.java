package dev.mige4j.cli;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Dependency rules between the packages of all modules. */
class ArchitectureTest {

    /** Every package, in order of dependency: a package depends on earlier ones only. */
    private static final List<String> PACKAGE_ORDER = List.of(
            "dev.mige4j.common",
            "dev.mige4j.common.http",
            "dev.mige4j.tensor",
            "dev.mige4j.weights.format",
            "dev.mige4j.weights.torch",
            "dev.mige4j.weights",
            "dev.mige4j.weights.lora",
            "dev.mige4j.weights.hub",
            "dev.mige4j.weights.conversion",
            "dev.mige4j.tensor.nn",
            "dev.mige4j.image",
            "dev.mige4j.task",
            "dev.mige4j.text",
            "dev.mige4j.encoder",
            "dev.mige4j.denoiser",
            "dev.mige4j.sampler",
            "dev.mige4j.autoencoder",
            "dev.mige4j.pipeline",
            "dev.mige4j.corpus.specification",
            "dev.mige4j.corpus.sprites",
            "dev.mige4j.corpus.renderer",
            "dev.mige4j.corpus.composer",
            "dev.mige4j.corpus.benchmark",
            "dev.mige4j.corpus",
            "dev.mige4j.dataset",
            "dev.mige4j.dataset.shard",
            "dev.mige4j.dataset.parquet",
            "dev.mige4j.dataset.layout",
            "dev.mige4j.train.config",
            "dev.mige4j.train.optimizer",
            "dev.mige4j.train.distributed",
            "dev.mige4j.train.logging",
            "dev.mige4j.train.clip",
            "dev.mige4j.train.loss",
            "dev.mige4j.train.dataset",
            "dev.mige4j.train.auxiliary",
            "dev.mige4j.train.initialization",
            "dev.mige4j.train",
            "dev.mige4j.train.teach",
            "dev.mige4j.eval.embedding",
            "dev.mige4j.eval.metric",
            "dev.mige4j.eval.judge",
            "dev.mige4j.eval.benchmark",
            "dev.mige4j.eval.report",
            "dev.mige4j.eval.nano",
            "dev.mige4j.eval",
            "dev.mige4j.eval.claims",
            "dev.mige4j.photos.stage",
            "dev.mige4j.photos.annotation",
            "dev.mige4j.photos.onnx",
            "dev.mige4j.photos.segmentation",
            "dev.mige4j.photos.cutout",
            "dev.mige4j.photos.inpainting",
            "dev.mige4j.photos.naming",
            "dev.mige4j.photos",
            "dev.mige4j.photos.report",
            "dev.mige4j.parity",
            "dev.mige4j.web",
            "dev.mige4j.cli",
            "dev.mige4j.langchain4j",
            "dev.mige4j.springai");

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .withImportOption(location -> !location.contains("-tests.jar"))
            .importPackages("dev.mige4j");

    @Test
    void everyPackageIsListedInTheOrder() {
        TreeSet<String> packages =
                CLASSES.stream().map(JavaClass::getPackageName).collect(Collectors.toCollection(TreeSet::new));
        assertEquals(new TreeSet<>(PACKAGE_ORDER), packages);
    }

    @Test
    void packagesDependOnlyOnEarlierPackages() {
        for (int i = 0; i + 1 < PACKAGE_ORDER.size(); i++) {
            String[] later = PACKAGE_ORDER.subList(i + 1, PACKAGE_ORDER.size()).toArray(String[]::new);
            noClasses()
                    .that()
                    .resideInAPackage(PACKAGE_ORDER.get(i))
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(later)
                    .check(CLASSES);
        }
    }

    @Test
    void onlyTheTensorPackageUsesLibtorchAndOnlyPhotosUseOpenCv() {
        noClasses()
                .that()
                .resideOutsideOfPackages(
                        "dev.mige4j.tensor..",
                        "dev.mige4j.photos.segmentation",
                        "dev.mige4j.photos.cutout",
                        "dev.mige4j.photos.inpainting")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.bytedeco..")
                .check(CLASSES);
        noClasses()
                .that()
                .resideInAPackage("dev.mige4j.photos..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.bytedeco.pytorch..")
                .check(CLASSES);
    }

    @Test
    void librariesDoNotPrint() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.mige4j.cli")
                .and(describe("are no programs", c -> c.tryGetMethod("main", String[].class)
                        .isEmpty()))
                .should()
                .accessField(System.class, "out")
                .orShould()
                .accessField(System.class, "err")
                .check(CLASSES);
    }

    @Test
    void librariesDoNotConfigureLogging() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.mige4j.cli")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("java.util.logging..")
                .check(CLASSES);
    }

    @Test
    void typeNamesHaveNoVagueSuffixes() {
        noClasses()
                .should()
                .haveNameMatching(".*(Util|Utils|Helper|Manager|Base|Impl)")
                .check(CLASSES);
    }

    @Test
    void simpleNamesOfTopLevelTypesAreUnique() {
        List<String> twice = CLASSES.stream()
                .filter(c -> c.isTopLevelClass() && !c.getSimpleName().equals("package-info"))
                .collect(Collectors.groupingBy(JavaClass::getSimpleName, Collectors.counting()))
                .entrySet()
                .stream()
                .filter(e -> e.getValue() > 1)
                .map(e -> e.getKey())
                .toList();
        assertEquals(List.of(), twice);
    }
}
