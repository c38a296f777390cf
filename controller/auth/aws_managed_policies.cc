#include "controller/auth/aws_managed_policies.h"

#include <algorithm>
#include <iterator>

namespace hearth::controller {
namespace {

constexpr std::string_view kPrefix = "arn:aws:iam::aws:policy";

#define HEARTH_LOGS R"("logs:CreateLogGroup","logs:CreateLogStream","logs:PutLogEvents")"
#define HEARTH_ALLOW(actions) \
  R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":[)" actions R"(],"Resource":"*"}]})"

constexpr AwsManagedPolicy kPolicies[] = {
    {"/service-role/", "AWSLambdaBasicExecutionRole", "ANPAJNCQGXC42545SKXIK", HEARTH_ALLOW(HEARTH_LOGS)},
    {"/service-role/", "AWSLambdaDynamoDBExecutionRole", "ANPAJP7WNAGMIPYNW4WQG",
     HEARTH_ALLOW(R"("dynamodb:DescribeStream","dynamodb:GetRecords","dynamodb:GetShardIterator",)"
                  R"("dynamodb:ListStreams",)" HEARTH_LOGS)},
    {"/service-role/", "AWSLambdaKinesisExecutionRole", "ANPAJHOLKJPXV4GBRMJUQ",
     HEARTH_ALLOW(R"("kinesis:DescribeStream","kinesis:DescribeStreamSummary","kinesis:GetRecords",)"
                  R"("kinesis:GetShardIterator","kinesis:ListShards","kinesis:ListStreams",)"
                  R"("kinesis:SubscribeToShard",)" HEARTH_LOGS)},
    {"/service-role/", "AWSLambdaMSKExecutionRole", "ANPAZKAPJZG4FZJRMZ3AJ",
     HEARTH_ALLOW(R"("kafka:DescribeCluster","kafka:DescribeClusterV2","kafka:GetBootstrapBrokers",)"
                  R"("ec2:CreateNetworkInterface","ec2:DescribeNetworkInterfaces","ec2:DescribeVpcs",)"
                  R"("ec2:DeleteNetworkInterface","ec2:DescribeSubnets","ec2:DescribeSecurityGroups",)" HEARTH_LOGS)},
    {"/service-role/", "AWSLambdaRole", "ANPAJX4DPCRGTC4NFDUXI", HEARTH_ALLOW(R"("lambda:InvokeFunction")")},
    {"/service-role/", "AWSLambdaSQSQueueExecutionRole", "ANPAJFWJZI6JNND4TSELK",
     HEARTH_ALLOW(R"("sqs:ReceiveMessage","sqs:DeleteMessage","sqs:GetQueueAttributes",)" HEARTH_LOGS)},
    {"/service-role/", "AWSLambdaVPCAccessExecutionRole", "ANPAJVTME3YLVNL72YR2K",
     HEARTH_ALLOW(HEARTH_LOGS R"(,"ec2:CreateNetworkInterface","ec2:DescribeNetworkInterfaces",)"
                              R"("ec2:DescribeSubnets","ec2:DeleteNetworkInterface",)"
                              R"("ec2:AssignPrivateIpAddresses","ec2:UnassignPrivateIpAddresses")")},
    {"/", "AWSLambda_FullAccess", "ANPAZKAPJZG4ONKCGTVYU",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["cloudformation:DescribeStacks",)"
     R"("cloudformation:ListStackResources","cloudwatch:ListMetrics","cloudwatch:GetMetricData",)"
     R"("ec2:DescribeSecurityGroups","ec2:DescribeSubnets","ec2:DescribeVpcs","kms:ListAliases","iam:GetPolicy",)"
     R"("iam:GetPolicyVersion","iam:GetRole","iam:GetRolePolicy","iam:ListAttachedRolePolicies",)"
     R"("iam:ListRolePolicies","iam:ListRoles","lambda:*","logs:DescribeLogGroups","states:DescribeStateMachine",)"
     R"("states:ListStateMachines","tag:GetResources","xray:GetTraceSummaries","xray:BatchGetTraces"],)"
     R"("Resource":"*"},{"Effect":"Allow","Action":"iam:PassRole","Resource":"*","Condition":{"StringEquals":)"
     R"({"iam:PassedToService":"lambda.amazonaws.com"}}},{"Effect":"Allow","Action":["logs:DescribeLogStreams",)"
     R"("logs:GetLogEvents","logs:FilterLogEvents"],"Resource":"arn:aws:logs:*:*:log-group:/aws/lambda/*"}]})"},
    {"/", "AWSXRayDaemonWriteAccess", "ANPAIOE47HSUE5AVBNEDM",
     HEARTH_ALLOW(R"("xray:PutTraceSegments","xray:PutTelemetryRecords","xray:GetSamplingRules",)"
                  R"("xray:GetSamplingTargets","xray:GetSamplingStatisticSummaries")")},
    {"/", "AdministratorAccess", "ANPAIWMBCKSKIEE64ZLYK",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})"},
};

#undef HEARTH_ALLOW
#undef HEARTH_LOGS

}  // namespace

std::string AwsManagedPolicy::Arn() const { return std::string(kPrefix).append(path).append(name); }

std::span<const AwsManagedPolicy> AwsManagedPolicies() { return kPolicies; }

const AwsManagedPolicy* FindAwsManagedPolicy(std::string_view arn) {
  const auto* const found = std::find_if(std::begin(kPolicies), std::end(kPolicies),
                                         [&](const AwsManagedPolicy& policy) { return policy.Arn() == arn; });
  return found == std::end(kPolicies) ? nullptr : found;
}

}  // namespace hearth::controller
