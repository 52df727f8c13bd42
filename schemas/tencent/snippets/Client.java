// com.tencentcloudapi:tencentcloud-sdk-java-ocr
import com.tencentcloudapi.common.Credential;
import com.tencentcloudapi.common.profile.ClientProfile;
import com.tencentcloudapi.common.profile.HttpProfile;
import com.tencentcloudapi.ocr.v20181119.OcrClient;
import com.tencentcloudapi.ocr.v20181119.models.IDCardOCRRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;

public class Client {
    public static void main(String[] arguments) throws Exception {
        Credential key = new Credential(
            System.getenv("TENCENTCLOUD_SECRET_ID"),
            System.getenv("TENCENTCLOUD_SECRET_KEY"),
            System.getenv("TENCENTCLOUD_SESSION_TOKEN"));
        // protocol and endpoint are the only two differences from production
        HttpProfile http = new HttpProfile();
        http.setProtocol("{{scheme}}://");
        http.setEndpoint("{{authority}}");
        ClientProfile profile = new ClientProfile();
        profile.setHttpProfile(http);
        OcrClient client = new OcrClient(key, System.getenv("TENCENTCLOUD_REGION"), profile);

        IDCardOCRRequest request = new IDCardOCRRequest();
        request.setImageBase64(Base64.getEncoder().encodeToString(Files.readAllBytes(Path.of("front.jpg"))));
        request.setCardSide("FRONT");
        System.out.println(client.IDCardOCR(request).getName());
    }
}
