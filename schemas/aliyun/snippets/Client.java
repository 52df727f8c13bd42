// com.aliyun:ocr_api20210707
import com.aliyun.ocr_api20210707.models.RecognizeIdcardRequest;
import com.aliyun.teaopenapi.models.Config;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

public class Client {
    public static void main(String[] arguments) throws Exception {
        Config settings = new Config()
            .setAccessKeyId(System.getenv("ALIBABA_CLOUD_ACCESS_KEY_ID"))
            .setAccessKeySecret(System.getenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET"))
            .setSecurityToken(System.getenv("ALIBABA_CLOUD_SECURITY_TOKEN"))
            // protocol and endpoint are the only two differences from production
            .setProtocol("{{scheme}}")
            .setEndpoint("{{authority}}");
        var client = new com.aliyun.ocr_api20210707.Client(settings);
        try (InputStream picture = Files.newInputStream(Path.of("front.jpg"))) {
            var answer = client.recognizeIdcard(new RecognizeIdcardRequest().setBody(picture));
            System.out.println(answer.getBody().getData());
        }
    }
}
