// com.huaweicloud.sdk:huaweicloud-sdk-ocr
import com.huaweicloud.sdk.core.auth.BasicCredentials;
import com.huaweicloud.sdk.ocr.v1.OcrClient;
import com.huaweicloud.sdk.ocr.v1.model.IdCardRequestBody;
import com.huaweicloud.sdk.ocr.v1.model.RecognizeIdCardRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;

public class Client {
    public static void main(String[] arguments) throws Exception {
        BasicCredentials key = new BasicCredentials()
            .withAk(System.getenv("CLOUD_SDK_AK"))
            .withSk(System.getenv("CLOUD_SDK_SK"))
            .withProjectId(System.getenv("CLOUD_SDK_PROJECT_ID"))
            .withSecurityToken(System.getenv("CLOUD_SDK_SECURITY_TOKEN"));
        // the endpoint is the only difference from production
        OcrClient client = OcrClient.newBuilder().withCredential(key).withEndpoints(List.of("{{url}}")).build();

        String image = Base64.getEncoder().encodeToString(Files.readAllBytes(Path.of("front.jpg")));
        var request = new RecognizeIdCardRequest().withBody(new IdCardRequestBody().withImage(image));
        System.out.println(client.recognizeIdCard(request).getResult().getName());
    }
}
